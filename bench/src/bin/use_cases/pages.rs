//! A database with a guarded site and page tokens: those that are asked for, made as the pages make them, and as many others
//! beside them as one likes.

use std::path::Path;

use bench::token_list::{self, Listed};
use bench::{GUARDED, Outcome};
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;

use super::filling;
use super::prepared::{Prepared, place};

/// Makes the database. The secrets of the tokens stand in the list where codes do.
pub async fn prepare(folder: &Path, count: i64, max_hits: &str, beside: i64) -> Outcome {
    let prepared = Prepared::create(folder, place(folder, None)?).await?;
    let tokens = prepared.backend.page_tokens();
    let site = SiteForm {
        address: format!("http://{GUARDED}"),
        trusted_networks: "127.0.0.0/8".into(),
        ..SiteForm::default()
    };
    tokens.add_site(&prepared.owner, &site).await?;
    let form = PageTokenForm {
        full_url: format!("http://{GUARDED}/page"),
        max_hits: max_hits.into(),
        groups: "Editors,Batch".into(),
        ..PageTokenForm::default()
    };
    let mut listed = Vec::new();
    let mut pattern = None;
    for _ in 0..count {
        let (row, link) = tokens.create(&prepared.owner, &form).await?;
        pattern = Some(row.id);
        listed.push(Listed {
            code: link.token,
            id: row.id.to_string(),
        });
    }
    filling::close_and_fill(prepared, folder, pattern, beside).await?;
    token_list::write(folder, &listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_others_have_all_rows_of_the_one_and_nothing_in_common_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path(), 2, "-1", 250).await.expect("made");
        let mut filled = filling::Filling::open(folder.path()).await.expect("opens");
        let mut counts = Vec::new();
        for query in [
            "SELECT CAST(COUNT(*) AS TEXT) FROM tokens",
            "SELECT CAST(COUNT(DISTINCT digest) AS TEXT) FROM tokens",
            "SELECT CAST(COUNT(DISTINCT canonical_url) AS TEXT) FROM page_tokens",
            "SELECT CAST(COUNT(*) AS TEXT) FROM page_tokens JOIN tokens ON id = token_id",
            "SELECT CAST(COUNT(DISTINCT token_id) AS TEXT) FROM audit WHERE token_id IS NOT NULL",
        ] {
            counts.extend(filled.texts(query).await.expect("a number"));
        }
        assert_eq!(counts, ["252", "252", "251", "252", "252"]);
        let listed = token_list::read(folder.path(), 10).expect("a list");
        assert_eq!(listed.len(), 2, "the others are beside them");
    }
}
