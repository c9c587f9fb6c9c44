//! The signal to stop, for everything that runs for long.

use tokio::sync::watch;

/// Passes the signal on. Clones get the same signal.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Signals everything to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether the signal was given.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the signal.
    pub async fn requested(&self) {
        let mut receiver = self.0.subscribe();
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = receiver.wait_for(|wished| *wished).await;
    }

    /// Gives the signal when the operating system asks the process to end: Ctrl-C, or SIGTERM from a service manager.
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
