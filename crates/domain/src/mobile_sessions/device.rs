//! What an app says of itself and the device it runs on. It is shown to people, and nothing depends on it.

use crate::form;

/// Characters of each fact.
const MOST: usize = 80;

/// An app on a device, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// The device: `Pixel 9`.
    pub name: String,
    /// The app and its version: `Harbour 3.2`.
    pub app: String,
    /// The system: `Android 16`.
    pub system: String,
}

impl Device {
    /// Puts together what was declared; what was not is read from what the app calls itself, such as
    /// `Harbour/3.2 (Pixel 9; Android 16)`.
    pub fn told(declared: [Option<&str>; 3], user_agent: &str) -> Self {
        let (product, comment) = match user_agent.split_once('(') {
            Some((product, rest)) => (product, rest.split(')').next().unwrap_or_default()),
            None => (user_agent, ""),
        };
        let app = product
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .replacen('/', " ", 1);
        let parts: Vec<&str> = comment
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let is_system = |part: &&&str| SYSTEMS.iter().any(|name| part.contains(name));
        let system = parts.iter().find(is_system).copied().unwrap_or_default();
        let device = parts
            .iter()
            .find(|part| !is_system(part))
            .copied()
            .unwrap_or_default();
        let [said_device, said_app, said_system] = declared;
        Self {
            name: fact(said_device.unwrap_or(device)),
            app: fact(said_app.unwrap_or(&app)),
            system: fact(said_system.unwrap_or(system)),
        }
    }

    /// A few words for a list.
    pub fn label(&self) -> String {
        match (self.name.as_str(), self.system.as_str()) {
            ("", "") => "an unknown device".into(),
            (name, "") => name.into(),
            ("", system) => system.into(),
            (name, system) => format!("{name}, {system}"),
        }
    }
}

/// What systems call themselves.
const SYSTEMS: [&str; 9] = [
    "Android",
    "iOS",
    "iPadOS",
    "iPhone OS",
    "Darwin",
    "Windows",
    "macOS",
    "Mac OS X",
    "Linux",
];

fn fact(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    form::line("A fact", MOST, &text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(user_agent: &str) -> [String; 3] {
        let Device { name, app, system } = Device::told([None; 3], user_agent);
        [name, app, system]
    }

    #[test]
    fn an_app_is_read_from_what_it_calls_itself() {
        assert_eq!(
            device("Harbour/3.2 (Pixel 9; Android 16)"),
            ["Pixel 9", "Harbour 3.2", "Android 16"]
        );
        assert_eq!(
            device("Harbour/3.2 (iPhone15,2; iOS 18.1; Scale/3.0)"),
            ["iPhone15,2", "Harbour 3.2", "iOS 18.1"]
        );
        assert_eq!(device("okhttp/4.12.0"), ["", "okhttp 4.12.0", ""]);
        assert_eq!(device(""), ["", "", ""]);
    }

    #[test]
    fn what_is_declared_comes_first_and_is_bounded() {
        let long = "x".repeat(500);
        let told = Device::told(
            [Some("Mia's phone\n"), None, Some(&long)],
            "Harbour/3.2 (Pixel 9; Android 16)",
        );
        assert_eq!(
            (told.name.as_str(), told.app.as_str()),
            ("Mia's phone", "Harbour 3.2")
        );
        assert_eq!(told.system.len(), MOST);
        assert_eq!(Device::default().label(), "an unknown device");
        assert_eq!(
            Device::told([Some("Pixel 9"), None, Some("Android 16")], "").label(),
            "Pixel 9, Android 16"
        );
    }
}
