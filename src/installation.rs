//! A data folder: settings, keys and database, opened together; and how one is made.

mod dkim_keys;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Dkim, Given, Proof};
use crate::deliver::RelayUrl;
use crate::digest::{Job, Press};
use crate::dkim::{KeySet, Signer};
use crate::dns::{NoResolver, Resolver};
use crate::intake::{Gate, Intake, SenderProof, Suspicion};
use crate::schedule;
use crate::store::{Faults, OwnerBounds, Store, StoreError, StrangerBounds};
use crate::token::Keys;
use crate::trust;

/// The database's name within the data folder.
const DATABASE: &str = "rejoinder.db";

/// The embedded mailbox's folder.
const MAILBOX: &str = "mailbox";

/// The folder of secret keys, and the first key for tokens in it.
const KEYS: &str = "keys";
const FIRST_KEY: u8 = 1;

/// An opened data folder.
#[derive(Clone)]
pub struct Installation {
    /// Where it is.
    pub folder: PathBuf,
    /// Its settings.
    pub config: Config,
    /// The keys of its tokens.
    pub keys: Keys,
    /// Its database.
    pub store: Store,
    /// The time that it goes by.
    pub clock: Clock,
    /// Signs its mail.
    pub signer: Signer,
}

/// Why a data folder cannot be used or made. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// Its settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is one already.
    #[error("{} is a data folder already; name another by --data, or change its {}", .0.display(), crate::config::FILE)]
    Exists(PathBuf),
    /// A file of it cannot be read or written.
    #[error("{} cannot be used: {cause}; {}", path.display(), what_to_do(cause))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A key file holds something else.
    #[error("{} holds no key of 64 hexadecimal digits; restore it from a backup, or all addresses given out become invalid", .0.display())]
    Key(PathBuf),
    /// A DKIM key's file holds something else.
    #[error(
        "{} holds no private key for DKIM that can be used (PKCS#8 in PEM, RSA of 2048 bits or more, or Ed25519); restore it from a backup, or take it away and make new keys by `rejoinder doctor --make-keys`",
        .0.display()
    )]
    DkimKey(PathBuf),
    /// There is no key at all.
    #[error(
        "{} is not there; restore it from a backup, or where there is none, make a new folder by `rejoinder init`: without it all addresses given out are invalid",
        .0.display()
    )]
    NoKey(PathBuf),
    /// The settings are there, and the database is not.
    #[error("{} is not there; restore it from a backup, or make a new folder by `rejoinder init --data OTHER`", .0.display())]
    NoDatabase(PathBuf),
    /// A file stands where the data folder should.
    #[error("{} is a file, not a folder; name a data folder by --data, such as the one that the file is in", .0.display())]
    NotAFolder(PathBuf),
    /// There is no DNS server to ask.
    #[error(transparent)]
    Resolver(#[from] NoResolver),
    /// The system gives no randomness.
    #[error("the system gives no random numbers to make keys from")]
    Randomness,
}

/// What a person can do about a file that cannot be used.
fn what_to_do(cause: &std::io::Error) -> &'static str {
    match cause.kind() {
        ErrorKind::ReadOnlyFilesystem => "its disk is read-only: mount it so that it can be written",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
        _ => "run this as the user whose data folder it is, or give the folder to this one (chown -R)",
    }
}

impl Installation {
    /// Makes a data folder: settings as `given`, new keys, an empty database. Refused where there is one.
    pub fn create(folder: &Path, given: &Given, clock: Clock) -> Result<Self, InstallationError> {
        check_folder(folder)?;
        let settings = folder.join(crate::config::FILE);
        // A folder without settings is what a making that was cut short leaves: it is finished now.
        if settings.exists() {
            return Err(InstallationError::Exists(folder.to_owned()));
        }
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(at(folder))?;
            private(folder)?;
        }
        for inner in [KEYS, MAILBOX] {
            let inner = folder.join(inner);
            fs::create_dir_all(&inner).map_err(at(&inner))?;
            private(&inner)?;
        }
        let key = key_file(folder, FIRST_KEY);
        if !key.exists() {
            let secret = Keys::new_secret().ok_or(InstallationError::Randomness)?;
            write_whole(&key, HEXLOWER.encode(&secret).as_bytes())?;
        }
        if dkim_keys::read(&folder.join(KEYS))?.is_empty() {
            dkim_keys::make(&folder.join(KEYS), KeySet::NONE, clock.now())?;
        }
        let database = folder.join(DATABASE);
        OpenOptions::new().append(true).create(true).open(&database).map_err(at(&database))?;
        // Its journals take its mode.
        private(&database)?;
        Store::open(&database, Faults::none())?;
        // Last: a folder with settings is a whole one.
        write_whole(&settings, Config::template(given).as_bytes())?;
        Self::open(folder, clock)
    }

    /// Opens a data folder.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, InstallationError> {
        check_folder(folder)?;
        let config = Config::load(folder)?;
        let wrong = |section, key, what: String| Config::wrong_value(folder, section, key, what);
        schedule::zone(&config.digest.time_zone).map_err(|error| wrong("digest", "time_zone", error.to_string()))?;
        RelayUrl::parse(config.relay.url.expose()).map_err(|error| wrong("relay", "url", error.to_string()))?;
        let keys = read_keys(folder)?;
        let database = folder.join(DATABASE);
        // Opening would make an empty one, and nobody would notice what is lost.
        if !database.exists() {
            return Err(InstallationError::NoDatabase(database));
        }
        let store = Store::open(&database, Faults::none())?;
        let signs = config.relay.dkim == Dkim::On;
        let signer = Signer::new(&config.server.domain, dkim_keys::read(&folder.join(KEYS))?, signs);
        Ok(Self { folder: folder.to_owned(), config, keys, store, clock, signer })
    }

    /// Makes new DKIM keys beside those that are there, which sign what is new from when the folder is opened next.
    pub fn make_dkim_keys(&self) -> Result<KeySet, InstallationError> {
        dkim_keys::make(&self.folder.join(KEYS), self.signer.newest(), self.clock.now())
    }

    /// Takes the lock `name` of this folder, held until it is dropped or the process ends; `None` where another process
    /// has it.
    pub fn lock(&self, name: &str) -> Result<Option<File>, InstallationError> {
        let path = self.folder.join(format!("{name}.lock"));
        let is_new = !path.exists();
        let file = File::create(&path).map_err(at(&path))?;
        if is_new {
            private(&path)?;
        }
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(at(&path)(cause)),
        }
    }

    /// Where the embedded mailbox is.
    pub fn mailbox(&self) -> PathBuf {
        self.folder.join(MAILBOX)
    }

    /// The gate for mail that comes in; `published` is notified of what it publishes. It asks no DNS.
    pub fn intake(&self, published: Arc<Notify>) -> Intake {
        let (server, limits) = (&self.config.server, &self.config.limits);
        let (domain, host) = (server.domain.clone(), server.greeting_name().to_owned());
        let owner_bounds =
            OwnerBounds { per_sender: limits.owner_mails_per_sender_day, in_all: limits.owner_mails_per_day };
        let web_url = self.config.web.url();
        let stranger_bounds = StrangerBounds {
            per_domain: limits.strangers_per_domain_hour,
            per_network: limits.strangers_per_network_hour,
            in_all: limits.strangers_per_hour,
        };
        let (keys, proof) = (self.keys.clone(), self.proof());
        let mails_per_sender_hour = limits.mails_per_sender_hour;
        let gate = Gate { keys, domain, host, web_url, proof, mails_per_sender_hour, owner_bounds, stranger_bounds };
        let relays = &self.config.trust.trusted_relays;
        Intake::new(self.store.clone(), gate, self.clock.clone(), published)
            .with(Suspicion::by_relays(relays))
            .proving(self.sender_proof())
    }

    /// The same, which asks the DNS what the settings want known. Asks nothing yet.
    pub fn asking_intake(&self, published: Arc<Notify>) -> Result<Intake, InstallationError> {
        let (settings, mut intake) = (&self.config.trust, self.intake(published));
        if settings.proof == Proof::Off && settings.blocklists.is_empty() {
            return Ok(intake);
        }
        let resolver = Resolver::new(settings.resolver)?;
        let relays = &settings.trusted_relays;
        if !settings.blocklists.is_empty() {
            intake = intake.with(Suspicion::by_relays(relays).and_blocklists(resolver.clone(), &settings.blocklists));
        }
        Ok(match settings.proof {
            Proof::Off => intake,
            _ => intake.proving(self.sender_proof().and_asking(resolver)),
        })
    }

    fn sender_proof(&self) -> SenderProof {
        let settings = &self.config.trust;
        SenderProof::by_relays(&settings.trusted_relays).that_strip(settings.relays_strip_results)
    }

    /// The digest job.
    pub fn job(&self) -> Job {
        let press = Press {
            domain: self.config.server.domain.clone(),
            web_url: self.config.web.url(),
            token_key: self.keys.newest(),
        };
        Job::new(self.store.clone(), press, self.keys.clone(), self.clock.clone())
            .probing_at(self.config.limits.bounce_score)
    }

    fn proof(&self) -> trust::Proof {
        match self.config.trust.proof {
            Proof::Off => trust::Proof::Off,
            Proof::Preferred => trust::Proof::Preferred,
            Proof::Required => trust::Proof::Required,
        }
    }
}

fn check_folder(folder: &Path) -> Result<(), InstallationError> {
    if folder.is_file() { Err(InstallationError::NotAFolder(folder.to_owned())) } else { Ok(()) }
}

fn key_file(folder: &Path, id: u8) -> PathBuf {
    folder.join(KEYS).join(format!("token-{id}"))
}

/// All keys there are, by their ids: the newest makes new tokens, the others stay readable.
fn read_keys(folder: &Path) -> Result<Keys, InstallationError> {
    let mut secrets = Vec::new();
    for id in FIRST_KEY..=u8::MAX {
        let path = key_file(folder, id);
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        let bytes = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        secrets.push((id, bytes.ok_or(InstallationError::Key(path))?));
    }
    Keys::new(&secrets).ok_or_else(|| InstallationError::NoKey(key_file(folder, FIRST_KEY)))
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> InstallationError {
    let path = path.to_owned();
    move |cause| InstallationError::File { path, cause }
}

/// Writes a file of our own, down to the disk: whole, or not at all.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), InstallationError> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).map_err(at(&beside))?;
    private(&beside)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(at(&beside))?;
    fs::rename(&beside, path).map_err(at(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// For our own eyes only, where the system knows of such a thing.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), InstallationError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path))
}

#[cfg(not(unix))]
fn private(_path: &Path) -> Result<(), InstallationError> {
    Ok(())
}
