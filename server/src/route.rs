//! What is known of a route beside its handler: where it is, who has access, and how much it accepts. Whatever refuses and
//! answers asks this, and knows no handler.

use backend::Needs;
use domain::campaigns::{design, import};
use domain::collections;
use http::Method;

/// Access has access. What a caller may do beyond that is decided by the use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anybody,
    /// Anyone with a session: of a recipient, or of an admin, who may be a recipient, too.
    Recipient,
    /// Signed-in admins.
    Admin,
    /// Programs with a token, and signed-in admins, as far as the operation requires it.
    Program(Needs),
}

/// The kind of response, which decides the headers and what errors look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// A page of the admin application, with its script.
    Admin,
    /// A page on the recipients' side: no script, no referrer, no index.
    Recipient,
    /// Another page without scripts, or an answer for programs.
    Plain,
    /// A server function.
    Function,
    /// Something that the admin pages read by script.
    Script,
    /// A file of the built site.
    Static,
    /// A decision for a reverse proxy, which may pass it on to a visitor of another site.
    Gate,
    /// An operation of the API.
    Api,
}

/// One route.
pub struct Route {
    /// The method. GET answers HEAD, too.
    pub method: Method,
    /// The path, with its variable parts in braces.
    pub path: &'static str,
    /// Access has access.
    pub who: Access,
    /// The kind of response.
    pub kind: ResponseKind,
    /// How many bytes a request may have.
    pub takes: usize,
    /// Whether a request may change something: then it runs to its end, even if its client goes away. What a gate spends
    /// is carried to its end by the group commit.
    pub writes: bool,
}

/// A form that a person fills in.
pub(crate) const FORM: usize = 64 * 1024;
/// A file and the form around it, and some spare: the use case counts, and reports what is wrong.
pub(crate) const UPLOAD: usize = collections::LARGEST_FILE as usize + 1024 * 1024;
/// A table of recipients and the form around it.
pub(crate) const IMPORT: usize = import::MOST_BYTES + FORM;
/// A picture for a design and the form around it.
pub(crate) const PICTURE: usize = design::MOST_PICTURE_BYTES + FORM;

impl Route {
    /// Whether its handler answers requests with this method. What a proxy asks has the method of its visitor.
    pub fn answers(&self, method: &Method) -> bool {
        match *method {
            _ if self.kind == ResponseKind::Gate => true,
            Method::HEAD => self.method == Method::GET,
            _ => self.method == *method,
        }
    }

    /// The message for a caller who sends too much, where there is more to say than that it is too much.
    pub fn too_large(&self) -> Option<&'static str> {
        match self.takes {
            UPLOAD => Some(collections::TOO_LARGE),
            IMPORT => Some(import::TOO_LARGE),
            PICTURE => Some(design::PICTURE_TOO_LARGE),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_answers_its_own_method_and_a_look_is_answered_without_its_body_too() {
        let route = |method, kind| Route {
            method,
            path: "/",
            who: Access::Anybody,
            kind,
            takes: 0,
            writes: false,
        };
        let look = route(Method::GET, ResponseKind::Plain);
        assert!(look.answers(&Method::GET) && look.answers(&Method::HEAD));
        assert!(!look.answers(&Method::POST) && !look.answers(&Method::OPTIONS));
        let send = route(Method::POST, ResponseKind::Plain);
        assert!(send.answers(&Method::POST) && !send.answers(&Method::HEAD));
        let decision = route(Method::GET, ResponseKind::Gate);
        assert!(
            decision.answers(&Method::DELETE),
            "it is about somebody else's request"
        );
    }
}
