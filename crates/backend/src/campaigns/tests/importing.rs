//! Files of recipients.

use super::Campaign;
use crate::testing::on_each_engine;

#[tokio::test]
async fn a_file_with_bad_rows_adds_nobody_until_only_the_good_ones_are_wanted() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mut file = String::from("Name;E-Mail\r\n");
        for n in 0..1_100 {
            let address = if n % 100 == 0 {
                "nowhere".to_owned()
            } else {
                format!("n{n}@example.org")
            };
            file.push_str(&format!("\"Müller; Nr. {n}\";{address}\r\n"));
        }
        let campaigns = campaign.backend.campaigns();
        let imported = campaigns
            .import(&campaign.ada, campaign.id, file.as_bytes(), false)
            .await
            .expect("read");
        assert_eq!((imported.added.ids.len(), imported.bad.len()), (0, 11));
        assert_eq!(campaign.rows().await, []);

        let imported = campaigns
            .import(&campaign.ada, campaign.id, file.as_bytes(), true)
            .await
            .expect("read");
        assert_eq!((imported.added.ids.len(), imported.bad.len()), (1_089, 11));
        let again = campaigns
            .import(&campaign.ada, campaign.id, file.as_bytes(), true)
            .await
            .expect("read");
        assert_eq!((again.added.ids.len(), again.added.skipped), (0, 1_089));
        let view = campaigns.view(&campaign.ada, campaign.id).await.expect("there");
        assert_eq!((view.row.recipients, view.unsent), (1_089, 0));
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert!(
            campaigns
                .import(&stranger, campaign.id, file.as_bytes(), true)
                .await
                .is_err()
        );
    })
    .await;
}
