//! The wish to stop, as everything that goes on for long hears it.

use tokio::sync::watch;

/// Hands the wish to stop on. Clones hear the same wish.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Wishes everything to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was wished.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is wished.
    pub async fn requested(&self) {
        let mut receiver = self.0.subscribe();
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = receiver.wait_for(|wished| *wished).await;
    }

    /// Wishes it when the operating system asks the process to end: Ctrl-C, or SIGTERM from a service manager.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let stop = self.clone();
        #[cfg(unix)]
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::spawn(async move {
            #[cfg(unix)]
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            #[cfg(not(unix))]
            let _ = tokio::signal::ctrl_c().await;
            stop.request();
        });
        Ok(())
    }
}
