//! What is done through the product's own use cases, in this process: preparing databases, making codes, and
//! asking the lists.

mod api_tokens;
mod claims;
mod credential_lists;
mod credentials;
mod filling;
mod lists;
mod pages;
mod prepared;
mod signing;

use std::path::PathBuf;
use std::time::Instant;

use bench::Outcome;
use clap::Parser;
use serde_json::{Value, json};

use self::prepared::{Prepared, place};

/// Does something through the product's own use cases, and prints what came of it as a line of JSON.
#[derive(Parser)]
enum Arguments {
    /// Makes a database with tokens to measure on, and the list of their codes
    Prepare {
        /// Folder of the key file, the list of codes and, without --postgres, the database
        folder: PathBuf,
        /// Address of an empty PostgreSQL database
        #[arg(long)]
        postgres: Option<String>,
        /// Codes, in multi tokens
        #[arg(long, default_value_t = 0)]
        codes: i64,
        /// Single tokens, whose codes are listed
        #[arg(long, default_value_t = 0)]
        singles: i64,
    },
    /// Makes a database with API tokens, and the list of their strings
    PrepareApiTokens {
        /// Folder of the key file, the list and the database
        folder: PathBuf,
        /// How many
        tokens: i64,
        /// How many others stand beside them
        #[arg(long, default_value_t = 0)]
        beside: i64,
    },
    /// Makes a multi token in a prepared database
    MakeCodes {
        /// Folder of the prepared database
        folder: PathBuf,
        /// How many codes it has
        codes: i64,
    },
    /// Makes a database with a guarded site and page tokens for one page of it, and the list of their secrets
    PreparePages {
        /// Folder of the key file, the list of secrets and the database
        folder: PathBuf,
        /// How many tokens
        tokens: i64,
        /// How often each may be used, -1 for unlimited
        #[arg(long, allow_hyphen_values = true, default_value = "-1")]
        max_hits: String,
        /// Tokens beside them that are never asked for
        #[arg(long, default_value_t = 0)]
        beside: i64,
    },
    /// Makes a database with a live campaign, and the list of its claim tokens
    PrepareClaims {
        /// Folder of the key file, the list and the database
        folder: PathBuf,
        /// How many recipients
        recipients: usize,
    },
    /// Makes a database with credentials, and the list of their ids
    PrepareCredentials {
        /// Folder of the key file, the list and the database
        folder: PathBuf,
        /// How many are claimed
        credentials: usize,
        /// How many others stand beside them; some of these are listed then
        #[arg(long, default_value_t = 0)]
        beside: i64,
    },
    /// Makes and signs credentials, one after the other
    Sign {
        /// How many
        credentials: usize,
    },
    /// Only canonicalises and signs what they sign
    SignBare {
        /// How many
        credentials: usize,
        /// They are read from JSON-LD before
        #[arg(long)]
        quads: bool,
    },
    /// Asks the lists of recipients and of credentials of two prepared databases, in turn
    CredentialLists {
        /// Folder of the database with few credentials
        few: PathBuf,
        /// Folder of the database with many of them
        many: PathBuf,
        /// Tries of each question; the median counts
        #[arg(long, default_value_t = 51)]
        tries: usize,
    },
    /// Claims in a prepared database, 64 at once
    Claim {
        /// Folder of the prepared database
        folder: PathBuf,
        /// How long, unless all are claimed before
        seconds: f64,
    },
    /// Redeems in a prepared database, 64 at once
    Redeem {
        /// Folder of the prepared database
        folder: PathBuf,
        /// How long, unless each code was redeemed before
        seconds: f64,
    },
    /// Draws certificates and makes the list of what was revoked
    Draw {
        /// Folder of a database with a campaign
        folder: PathBuf,
    },
    /// Asks the lists of two prepared databases, in turn
    Lists {
        /// Folder of the database with few codes
        few: PathBuf,
        /// Folder of the database with many codes
        many: PathBuf,
        /// Tries of each question; the median counts
        #[arg(long, default_value_t = 51)]
        tries: usize,
    },
}

#[tokio::main]
async fn main() -> Outcome {
    let report = match Arguments::parse() {
        Arguments::Prepare {
            folder,
            postgres,
            codes,
            singles,
        } => {
            let started = Instant::now();
            let prepared = Prepared::create(&folder, place(&folder, postgres.as_deref())?).await?;
            let collection = prepared.publish("Safety 2027").await?;
            prepared.add_codes(collection, codes).await?;
            prepared.add_singles(&folder, collection, singles).await?;
            prepared.backend.database().close().await;
            json!({ "seconds": started.elapsed().as_secs_f64() })
        }
        Arguments::PreparePages {
            folder,
            tokens,
            max_hits,
            beside,
        } => {
            let started = Instant::now();
            pages::prepare(&folder, tokens, &max_hits, beside).await?;
            json!({ "seconds": started.elapsed().as_secs_f64() })
        }
        Arguments::PrepareApiTokens {
            folder,
            tokens,
            beside,
        } => {
            let started = Instant::now();
            api_tokens::prepare(&folder, tokens, beside).await?;
            json!({ "seconds": started.elapsed().as_secs_f64() })
        }
        Arguments::PrepareClaims { folder, recipients } => {
            let started = Instant::now();
            claims::prepare(&folder, recipients).await?;
            json!({ "seconds": started.elapsed().as_secs_f64() })
        }
        Arguments::PrepareCredentials {
            folder,
            credentials,
            beside,
        } => {
            let started = Instant::now();
            credentials::prepare(&folder, credentials, beside).await?;
            json!({ "seconds": started.elapsed().as_secs_f64() })
        }
        Arguments::Sign { credentials } => signing::sign(credentials)?,
        Arguments::SignBare { credentials, quads } => match quads {
            true => signing::sign_quads(credentials)?,
            false => signing::sign_documents(credentials)?,
        },
        Arguments::CredentialLists { few, many, tries } => credential_lists::ask(&few, &many, tries).await?,
        Arguments::Claim { folder, seconds } => claims::claim(&folder, seconds).await?,
        Arguments::Redeem { folder, seconds } => claims::redeem(&folder, seconds).await?,
        Arguments::Draw { folder } => claims::draw(&folder).await?,
        Arguments::MakeCodes { folder, codes } => {
            let prepared = Prepared::open(&folder, place(&folder, None)?).await?;
            make_codes(&prepared, codes).await?
        }
        Arguments::Lists { few, many, tries } => lists::ask(&few, &many, tries).await?,
    };
    println!("{report}");
    Ok(())
}

/// The time from the press of the button to the last code, and the token.
async fn make_codes(prepared: &Prepared, codes: i64) -> Outcome<Value> {
    let collection = prepared.publish("Fire wardens").await?;
    let started = Instant::now();
    let token = prepared.make_multi(collection, "Wardens", codes).await?;
    let seconds = started.elapsed().as_secs_f64();
    prepared.backend.database().close().await;
    Ok(json!({ "count": codes, "seconds": seconds, "token": token.to_string() }))
}
