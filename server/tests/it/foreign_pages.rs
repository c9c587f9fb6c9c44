//! PDF files as backgrounds: what the product makes itself, and files that want more than there is.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use backend::campaigns::DrawsPages;
use credentials::rendering::Undrawn;
use domain::campaigns::CampaignForm;
use domain::campaigns::design::{Background, Design};
use domain::{CampaignId, DesignPictureId};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use server::foreign_pages::{COMMAND, PATIENCE, Processes};

use crate::claims::{claim, live_of};
use crate::world::{Browser, location, on_each_engine, on_sqlite};

/// The program that draws.
const PROGRAM: &str = env!("CARGO_BIN_EXE_tokenwright");

/// A PDF of these objects, the first of which is its root.
fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", number + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    let size = places.len() + 1;
    file.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let end = format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n");
    file.extend(end.bytes());
    file
}

fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

/// The first three objects: a root, a list of one page, and that page, whose content is the fourth.
fn one_page(resources: &str) -> Vec<Vec<u8>> {
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << {resources} >> >>"
    );
    [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        &page,
    ]
    .map(|object| object.as_bytes().to_vec())
    .into()
}

/// Two megabytes that unpack to two thousand.
fn unpacks_to_everything() -> Vec<u8> {
    const PIECE: usize = 16 * 1024 * 1024;
    const PIECES: usize = 128;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![0; PIECE]).expect("packed");
    packed.flush().expect("packed");
    let piece = packed.get_ref().clone();
    let mut content = vec![0x78, 0xda];
    content.extend(piece.repeat(PIECES));
    content.extend([0x03, 0x00]);
    let sum = ((PIECE * PIECES % 65_521) as u32) << 16 | 1;
    content.extend(sum.to_be_bytes());
    let mut objects = one_page("");
    objects.push(stream("/Filter /FlateDecode", &content));
    pdf(&objects, "")
}

/// Forms that draw forms, thirty times each, ten deep.
fn draws_for_ever() -> Vec<u8> {
    const DEEP: usize = 10;
    let mut objects = one_page("/XObject << /F0 5 0 R >>");
    objects.push(stream("", b"/F0 Do"));
    for level in 0..DEEP {
        let (next, place) = (level + 1, level + 6);
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /F{next} {place} 0 R >> >>"
        );
        let content = match level + 1 < DEEP {
            true => format!("/F{next} Do ").repeat(30),
            false => "1 0 0 rg 0 0 9 9 re f".to_owned(),
        };
        objects.push(stream(&entries, content.as_bytes()));
    }
    pdf(&objects, "")
}

fn locked() -> Vec<u8> {
    let mut objects = one_page("");
    objects.push(stream("", b"0 0 9 9 re f"));
    let secret = "a".repeat(64);
    let lock = format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <{secret}> /U <{secret}> >>");
    objects.push(lock.into_bytes());
    let id = "00112233445566778899aabbccddeeff";
    pdf(&objects, &format!("/Encrypt 5 0 R /ID [<{id}> <{id}>]"))
}

fn without_pages() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [] /Count 0 >>",
    ];
    pdf(&objects.map(|object| object.as_bytes().to_vec()), "")
}

async fn upload(browser: &Browser, campaign: CampaignId, file: Vec<u8>) -> (StatusCode, String) {
    let part = reqwest::multipart::Part::bytes(file).file_name("paper.pdf");
    let answer = browser
        .request(Method::POST, &format!("/campaigns/{campaign}/pictures"))
        .header("sec-fetch-site", "same-origin")
        .multipart(reqwest::multipart::Form::new().part("file", part))
        .send()
        .await
        .expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

fn draft(title: &str) -> CampaignForm {
    CampaignForm {
        kind: "certificate".into(),
        title: title.into(),
        description: "Knows what to do.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pdf_of_ones_own_stands_behind_what_is_claimed() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let story = live_of(world, &caller).await;
        let claimed = claim(world, &world.browser(), &story.token, "zoe@example.org").await;
        let page = location(&claimed).expect("the public page");
        let page = page.split('?').next().expect("a path");
        let made = world
            .browser()
            .get(&format!("{page}.pdf"))
            .await
            .bytes()
            .await
            .expect("a PDF");

        let campaigns = world.backend.campaigns();
        let campaign = campaigns
            .create(&caller, &draft("On paper"))
            .await
            .expect("a draft")
            .row
            .id;
        let (status, said) = upload(&owner, campaign, made.to_vec()).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let picture: Value = serde_json::from_str(&said).expect("JSON");
        let id: DesignPictureId = picture["id"].as_str().expect("an id").parse().expect("one");
        let (width, height) = (picture["width"].as_i64(), picture["height"].as_i64());
        assert!(
            width > Some(700) && height > Some(500) && width > height,
            "A4, lying: {picture}"
        );
        let shown = owner.get(&format!("/campaigns/{campaign}/pictures/{id}")).await;
        assert_eq!(shown.headers()["content-type"], "image/svg+xml");
        let drawn = shown.text().await.expect("a drawing");
        assert!(
            drawn.starts_with("<svg") && drawn.contains("<path"),
            "{}",
            &drawn[..200]
        );
        for bad in ["<script", "<!", "href=\"http", "url(http", "file:"] {
            assert!(!drawn.contains(bad), "{bad}");
        }

        let before = campaigns.design(&caller, campaign).await.expect("a design");
        let design = Design {
            background: Background::Picture { picture: id },
            ..before.design
        };
        campaigns
            .save_design(&caller, campaign, None, &design)
            .await
            .expect("saved");
        let preview = owner.get(&format!("/campaigns/{campaign}/design.png")).await;
        assert_eq!(preview.status(), StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_that_are_no_page_are_refused_at_the_field() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let campaigns = world.backend.campaigns();
        let campaign = campaigns
            .create(&caller, &draft("On paper"))
            .await
            .expect("a draft")
            .row
            .id;
        let cases: [(Vec<u8>, &[&str]); 6] = [
            (locked(), &["locked with a password"]),
            (without_pages(), &["has no page"]),
            (
                b"A text that is called .pdf.".to_vec(),
                &["SVG, PNG, JPEG or PDF"],
            ),
            (
                b"%PDF-1.7\nand nothing else".to_vec(),
                &["damaged", "has no page"],
            ),
            (vec![b'%'; 5 * 1024 * 1024], &["4 MB"]),
            (
                unpacks_to_everything(),
                &["takes too much", "damaged", "larger than"],
            ),
        ];
        for (file, sentences) in cases {
            let begun = Instant::now();
            let (status, said) = upload(&owner, campaign, file).await;
            let refused = matches!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE
            );
            assert!(refused, "{sentences:?}: {status} {said}");
            assert!(
                sentences.iter().any(|sentence| said.contains(sentence)),
                "{sentences:?}: {said}"
            );
            assert!(
                begun.elapsed() < PATIENCE + Duration::from_secs(5),
                "{sentences:?}"
            );
        }
        assert_eq!(
            owner.get("/campaigns").await.status(),
            StatusCode::OK,
            "everything else goes on"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_without_an_end_is_given_up() {
    let drawer = |patience| Processes {
        program: PROGRAM.into(),
        patience,
    };
    let begun = Instant::now();
    let given_up = drawer(Duration::from_secs(3)).draw(draws_for_ever()).await;
    assert!(
        matches!(given_up, Err(Undrawn::TooMuch | Undrawn::TooLarge)),
        "{given_up:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(6));
    let nobody = Processes {
        program: "/nowhere/tokenwright".into(),
        patience: PATIENCE,
    };
    assert_eq!(nobody.draw(locked()).await.err(), Some(Undrawn::NotHere));
    let mut objects = one_page("");
    objects.push(stream("", b"1 0 0 rg 10 10 50 50 re f"));
    let drawn = drawer(PATIENCE)
        .draw(pdf(&objects, ""))
        .await
        .expect("an ordinary page");
    assert!(drawn.contains("<svg"), "{drawn}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_unpacks_to_everything_is_drawn_in_bounded_memory() {
    let mut child = Command::new(PROGRAM)
        .arg(COMMAND)
        .env("MIMALLOC_ARENA_RESERVE", "32M")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let status = format!("/proc/{}/status", child.id());
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(&unpacks_to_everything())
        .expect("read");
    let (mut most, begun) = (0, Instant::now());
    let ended = loop {
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        let resident = now
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = resident
            .and_then(|kilobytes| kilobytes.trim().parse().ok())
            .unwrap_or(0)
            .max(most);
        if let Some(ended) = child.try_wait().expect("asked") {
            break ended;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it goes on");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(!ended.success(), "{ended}");
    assert!((1..800_000u64).contains(&most), "{most} kB");
}
