//! PDF files of others are drawn by this program once more, in a process that ends.
//!
//! `tokenwright draw-pdf` reads a PDF and writes its first page as SVG. It limits itself before it reads a byte: how much
//! memory it may have, how long it may compute. Anyone who waits for it has a clock of its own. A file that breaks it breaks
//! nothing else.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use backend::campaigns::{DrawingPage, DrawsPages};
use credentials::rendering::{MOST_DRAWN_BYTES, Undrawn, first_page};
use domain::campaigns::design::MOST_PICTURE_BYTES;

/// The command.
pub const COMMAND: &str = "draw-pdf";
/// How long is waited for a page: what it may compute, on a machine that has others to compute for.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);
/// Seconds of processor that the process may have.
const SECONDS: u64 = 10;
/// The memory that the process may map, the program itself included.
const MEMORY: u64 = 768 * 1024 * 1024;
/// The stack on which pages are drawn: forms stand in forms.
const STACK: usize = 32 * 1024 * 1024;
/// How a process ends that says why nothing was drawn.
const REFUSED: u8 = 65;

/// Draws pages in processes of their own.
#[derive(Debug, Clone)]
pub struct Processes {
    /// The program that draws.
    pub program: PathBuf,
    /// How long is waited for it.
    pub patience: Duration,
}

impl Processes {
    /// Of the program that is running, also when its file was replaced meanwhile; `None`, when it does not know itself.
    pub fn of_this_program() -> Option<Self> {
        let itself = PathBuf::from("/proc/self/exe");
        let program = match itself.exists() {
            true => itself,
            false => std::env::current_exe().ok()?,
        };
        Some(Self {
            program,
            patience: PATIENCE,
        })
    }
}

impl DrawsPages for Processes {
    fn draw(&self, pdf: Vec<u8>) -> DrawingPage {
        let Self { program, patience } = self.clone();
        Box::pin(async move {
            let drawing = tokio::task::spawn_blocking(move || drawn_by(&program, pdf, patience));
            match drawing.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the process that draws PDF files could not be asked");
                    Err(Undrawn::NotHere)
                }
                Err(_) => Err(Undrawn::TooMuch),
            }
        })
    }
}

fn drawn_by(program: &Path, pdf: Vec<u8>, patience: Duration) -> std::io::Result<Result<String, Undrawn>> {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .arg(COMMAND)
        .env_clear()
        // The allocator would reserve more at once than the process may have.
        .env("MIMALLOC_ARENA_RESERVE", "32M")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    // Both ends of the talk go on beside the clock. Who has ended reads and writes no more, so these end, too.
    let writing = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&pdf)));
    let reading = std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = stdout.map(|stdout| stdout.take(MOST_DRAWN_BYTES as u64 + 1).read_to_end(&mut said));
        read.transpose().map(|_| said)
    });
    let ended = loop {
        match child.try_wait()? {
            Some(ended) => break Some(ended),
            None if begun.elapsed() >= patience => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => std::thread::sleep(LOOK),
        }
    };
    // It may have ended before it read everything, and says why itself.
    drop(writing.join());
    let said = reading.join().unwrap_or_else(|_| Ok(Vec::new()))?;
    if said.len() > MOST_DRAWN_BYTES {
        return Ok(Err(Undrawn::TooLarge));
    }
    let said = String::from_utf8(said).unwrap_or_default();
    Ok(match ended.map(|ended| ended.code()) {
        Some(Some(0)) => Ok(said),
        Some(Some(code)) if code == i32::from(REFUSED) => {
            Err(Undrawn::from_key(said.trim()).unwrap_or(Undrawn::Damaged))
        }
        // It stumbled over the file.
        Some(Some(_)) => Err(Undrawn::Damaged),
        // It took more memory, more time or a deeper stack than there is.
        Some(None) | None => Err(Undrawn::TooMuch),
    })
}

/// What `tokenwright draw-pdf` does, before there is a runtime, settings or a database.
pub fn run() -> ExitCode {
    // Without an end to it nothing is begun.
    let outcome = match is_limited() {
        true => read_and_draw(),
        false => Err(Undrawn::NotHere),
    };
    let (said, code) = match &outcome {
        Ok(drawn) => (drawn.as_str(), ExitCode::SUCCESS),
        Err(undrawn) => (undrawn.key(), ExitCode::from(REFUSED)),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(said.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read_and_draw() -> Result<String, Undrawn> {
    let mut pdf = Vec::new();
    let most = MOST_PICTURE_BYTES as u64;
    let read = std::io::stdin().lock().take(most + 1).read_to_end(&mut pdf);
    if read.is_err() || pdf.len() as u64 > most {
        return Err(Undrawn::TooLarge);
    }
    let drawing = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || first_page(pdf))
        .map_err(|_| Undrawn::TooMuch)?;
    drawing.join().unwrap_or(Err(Undrawn::Damaged))
}

/// From here on the operating system ends the process when it takes too much; it writes nothing of itself to the disk then.
#[cfg(unix)]
fn is_limited() -> bool {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let limits = [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Core, 0),
    ];
    limits.into_iter().all(|(resource, most)| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).is_ok()
    })
}

/// Where limits are called otherwise, there is the clock of who waits.
#[cfg(not(unix))]
fn is_limited() -> bool {
    true
}
