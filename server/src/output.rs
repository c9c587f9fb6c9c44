//! What commands print. All of it is written here: the `println!` and `print!` of this program exit quietly when the
//! reader closes the pipe, as in `tokenwright page-token list | head -1`, where the standard ones panic.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process;

macro_rules! println {
    ($($text:tt)*) => {
        $crate::output::write(format_args!("{}\n", format_args!($($text)*)))
    };
}

macro_rules! print {
    ($($text:tt)*) => {
        $crate::output::write(format_args!($($text)*))
    };
}

/// Writes to the standard output, or ends the program.
pub fn write(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        end(&error);
    }
}

fn end(error: &io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        process::exit(0);
    }
    eprintln!("The output could not be written: {error}");
    process::exit(1);
}
