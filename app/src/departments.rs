//! Departments to choose from: in forms, and as a list filter. They are created and moved in the organisation's
//! settings.

use domain::DepartmentId;
use domain::departments::DepartmentView;
use leptos::prelude::*;

use crate::ui::tools::Filter;

/// Departments by their full names, such as *North / Sales*, for a choice among them; with a label for none, if none
/// can be chosen.
pub fn options(all: &[DepartmentView], none: Option<&str>) -> Vec<(String, String)> {
    none.map(|words| (String::new(), words.to_owned()))
        .into_iter()
        .chain(all.iter().map(|one| (one.id.to_string(), whole_name(all, one))))
        .collect()
}

/// The names of a department and of all departments above it.
fn whole_name(all: &[DepartmentView], one: &DepartmentView) -> String {
    let above = one
        .parent
        .and_then(|parent| all.iter().find(|other| other.id == parent));
    match above {
        Some(above) => format!("{} / {}", whole_name(all, above), one.name),
        None => one.name.clone(),
    }
}

/// Whether a department is another one, or is below it.
pub fn is_within(all: &[DepartmentView], one: DepartmentId, other: DepartmentId) -> bool {
    let parent = all
        .iter()
        .find(|view| view.id == one)
        .and_then(|view| view.parent);
    one == other || parent.is_some_and(|parent| is_within(all, parent, other))
}

/// A list filter, for organisations that have departments.
pub fn filter(
    departments: &[DepartmentView],
    chosen: impl Fn() -> Option<DepartmentId> + Send + Sync + 'static,
    choose: impl Fn(Option<DepartmentId>) + Send + Sync + 'static,
) -> Option<Filter> {
    let options = options(departments, None);
    let value = move || chosen().map(|id| id.to_string()).unwrap_or_default();
    (!options.is_empty()).then(|| {
        let options = Signal::stored(options);
        let choose = move |word: String| choose(word.parse().ok());
        Filter::new("Department", "All departments", options, value, choose)
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_department_is_named_with_all_that_it_stands_in() {
        let view = |id: u128, name: &str, parent: Option<u128>| DepartmentView {
            id: DepartmentId(Uuid::from_u128(id)),
            name: name.into(),
            parent: parent.map(|id| DepartmentId(Uuid::from_u128(id))),
            depth: 1,
            is_empty: true,
        };
        let all = [
            view(1, "North", None),
            view(2, "Sales", Some(1)),
            view(3, "Shop", Some(2)),
            view(4, "South", None),
        ];
        let names: Vec<String> = options(&all, None).into_iter().map(|(_, words)| words).collect();
        assert_eq!(names, ["North", "North / Sales", "North / Sales / Shop", "South"]);
        assert_eq!(options(&all, Some("None"))[0], (String::new(), "None".into()));
        let [north, shop, south] = [1, 3, 4].map(|id| DepartmentId(Uuid::from_u128(id)));
        assert!(is_within(&all, shop, north) && is_within(&all, north, north));
        assert!(!is_within(&all, north, shop) && !is_within(&all, south, north));
    }
}
