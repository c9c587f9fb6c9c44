//! The only thing that a page can do to the server's response.

/// Whether this is the server, which responds. A browser only reads responses.
pub fn is_made_here() -> bool {
    cfg!(feature = "ssr")
}

/// Sets the status of the response. In the browser there is none to set.
pub fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(options), Ok(status)) = (
        leptos::prelude::use_context::<leptos_axum::ResponseOptions>(),
        http::StatusCode::from_u16(status),
    ) {
        options.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
