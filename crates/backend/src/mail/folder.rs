//! A folder of `.eml` files, which every mail program opens: mail for those who have set up no server.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use domain::MailId;

/// Writes the mail so that it is there whole or not at all. The same mail is the same file.
pub(super) fn put(folder: &Path, id: MailId, message: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{id}.new"));
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // The links in it are secrets.
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(format!("{id}.eml")))?;
    File::open(folder)?.sync_all()
}
