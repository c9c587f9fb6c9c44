//! The power goes out under load. The database is on a file system in an image; the image is cloned in an instant, and
//! what the inner file system had not yet sent to its disk is not in the clone, just as after a power cut. Everything
//! that was acknowledged before the cut began must be in the clone.
//!
//! The same with a disk that reports syncs as done and does nothing must lose uses: that shows that the cut works.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::disk::{Disk, Sync};
use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::mount::Mount;
use crate::oracle::{Tally, judge};
use crate::postgres::finish;

const LIMIT: usize = 40;

/// Cuts with an honest disk, then with one that lies.
pub async fn run(lab: &Lab) -> Outcome {
    let outer = match Outer::new(lab) {
        Err(Failure::Hindered(why)) if why.contains("only root") => {
            return Ok(format!("SKIPPED, NO POWER WAS CUT: {why}"));
        }
        other => other?,
    };
    let cuts = lab.pick(20, 50);
    let honest = cut(lab, &outer, "honest", cuts, Sync::Real).await?;
    let (tally, lost) = (honest.tally, honest.lost);
    promise(lost.is_empty(), || lost.join("; "))?;
    let lying = cut(lab, &outer, "lying", 4, Sync::Lies).await?;
    if lying.lost.is_empty() {
        let why = "a disk that does not sync lost nothing: the cut does not cut";
        return Err(Failure::Hindered(why.into()));
    }
    Ok(format!(
        "{cuts} cuts, {tally}; a lying disk lost uses in {} of 4 cuts",
        lying.lost.len()
    ))
}

/// A file system whose files can be cloned in an instant.
struct Outer(Mount);

impl Outer {
    fn new(lab: &Lab) -> Outcome<Self> {
        let image = lab.new_folder("outer-")?.join("outer.img");
        std::fs::File::create(&image)?.set_len(1200 << 20)?;
        finish(
            Command::new("mkfs.xfs")
                .args(["-q", "-m", "reflink=1"])
                .arg(&image),
        )?;
        Ok(Self(Mount::image(lab, &image)?))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[derive(Default)]
struct Cuts {
    tally: Tally,
    /// What was lost, for each cut.
    lost: Vec<String>,
}

async fn cut(lab: &Lab, outer: &Outer, name: &str, cuts: usize, sync: Sync) -> Outcome<Cuts> {
    let image = outer.file(&format!("{name}.img"));
    std::fs::File::create(&image)?.set_len(160 << 20)?;
    finish(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
    let inner = Mount::image(lab, &image)?;
    let mut installation = Installation::on_sqlite_in(lab, inner.path()).await?;
    let tokens = installation.tokens(vec![LIMIT; cuts * 12]).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let server = installation.serve().await?;
    // Everything so far is on the disk before the first cut: the installation exists before its accident.
    finish(&mut Command::new("sync"))?;
    disk.sync(sync)?;
    let load = Load::begin_slowly(
        std::slice::from_ref(&server.url),
        &tokens,
        16,
        Duration::from_millis(10),
    );
    let mut dice = lab.dice(name);
    let mut found = Cuts::default();
    for number in 0..cuts {
        tokio::time::sleep(Duration::from_millis(dice.within(50, 300))).await;
        let seen = load.so_far();
        let clone = outer.file("cut.img");
        finish(Command::new("cp").arg("--reflink=always").arg(&image).arg(&clone))?;
        match judge_clone(lab, &clone, &seen).await {
            Ok(tally) => found.tally = tally,
            Err(Failure::Broken(lost)) => {
                let more = lost.len() - 1;
                found
                    .lost
                    .push(format!("cut {number}: {} and {more} more", lost[0]));
            }
            Err(hindered) => return Err(hindered),
        }
        std::fs::remove_file(&clone)?;
    }
    let crowds = load.end(std::slice::from_ref(&server.url)).await?;
    if matches!(sync, Sync::Real) {
        judge(&installation, &crowds).await?;
    }
    server.did_not_panic()?;
    drop(server);
    Ok(found)
}

/// Starts from what is on the disk after the cut. People who asked after the last snapshot are not in `seen`, so only
/// uses of people who are in it can be judged.
async fn judge_clone(lab: &Lab, clone: &Path, seen: &[crate::crowd::Crowd]) -> Outcome<Tally> {
    let mount = Mount::image(lab, clone)?;
    let database = format!("sqlite:{}", mount.path().join("tokenwright.db").display());
    let recovered = Installation::found(lab, mount.path(), database)?;
    let books = crate::oracle::read(&recovered, seen).await?;
    let mut seen = seen.to_vec();
    for (crowd, books) in seen.iter_mut().zip(&books) {
        crowd.add_strangers(books);
    }
    judge(&recovered, &seen).await
}
