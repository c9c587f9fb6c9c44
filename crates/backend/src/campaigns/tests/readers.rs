//! What programs of others find in a certificate: `cargo xtask test readers`.

use std::path::Path;
use std::process::Command;

use super::super::Form;
use super::Campaign;
use crate::testing::on_each_engine;

/// What a program says.
fn said(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let troubles = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {troubles}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
#[ignore = "needs programs of others: cargo xtask test readers"]
async fn foreign_readers_find_text_code_and_credential() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        for (number, name) in ["Zoë Müller", "Ольга Петрова", "Νίκη Παππά", "Mary-Ann O'Brien"]
            .into_iter()
            .enumerate()
        {
            let email = format!("n{number}@example.org");
            let id = campaign.add(name, &email).await;
            let credential = campaign.claimed(&campaign.token(id).await, &email).await;
            let folder = tempfile::tempdir().expect("a folder");
            let here = folder.path();
            let document = async |form| {
                let found = campaigns.document(credential, form).await.expect("made");
                found.expect("there").bytes
            };
            let signed = document(Form::Json).await;
            for (file, form) in [("paper.pdf", Form::Pdf), ("picture.png", Form::Png)] {
                std::fs::write(here.join(file), document(form).await).expect("written");
            }

            let text = said("pdftotext", &["-layout", "paper.pdf", "-"], here);
            for words in [name, "Safety at work"] {
                assert!(text.contains(words), "{words} in {text}");
            }
            let about = said("pdfinfo", &["paper.pdf"], here);
            let tagged = about
                .lines()
                .find(|line| line.starts_with("Tagged:"))
                .unwrap_or_default();
            assert!(tagged.contains("yes"), "{about}");
            assert!(said("pdfdetach", &["-list", "paper.pdf"], here).contains("1 embedded file"));
            said(
                "pdfdetach",
                &["-save", "1", "-o", "found.json", "paper.pdf"],
                here,
            );
            let found = std::fs::read(here.join("found.json")).expect("saved");
            assert_eq!(found, signed, "the signed document, byte for byte");

            let address = format!("https://tokens.example.org/c/{credential}");
            said(
                "pdftoppm",
                &["-r", "150", "-png", "-singlefile", "paper.pdf", "page"],
                here,
            );
            for picture in ["page.png", "picture.png"] {
                let read = said("zbarimg", &["--quiet", "--raw", picture], here);
                assert_eq!(read.trim(), address, "{picture}");
            }
        }
    })
    .await;
}
