//! The wiring: doors, gate, digest job and delivery as tasks of one process, and how it ends.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::config::{self, ReversePath};
use crate::deliver::{
    BadRelayUrl, Calls, ConnectionLimits, Courier, Dispatch, Endpoint, RelayUrl, SmtpRelay, Tally, Timeouts,
};
use crate::digest::{DigestError, Job};
use crate::discussion::List;
use crate::installation::{Installation, InstallationError};
use crate::intake::Intake;
use crate::mailbox::Mailbox;
use crate::smtp::{Certificate, Limits, LocalDoor, Protocol, PublicDoor, Setup, Tls, TlsError};
use crate::store::{Store, StoreError};
use crate::web::{Bounds, PageServer, Site};

/// How often tasks look for work that another process left, or that only time brings.
const LOOK: Duration = Duration::from_secs(1);

/// How long what was just published waits for what comes with it, so that under load the job does not run for each mail.
const GATHER: Duration = Duration::from_millis(10);

/// The name under which a serving process claims mail; a lock sees to it that there is only one.
const WORKER: &str = "serve";

/// Why the engine cannot run. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A door cannot be opened.
    #[error("{what} cannot listen on {address}: {cause}; {}", what_to_do(cause))]
    Listen {
        /// Which door.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Two would send everything twice.
    #[error("another `rejoinder serve` runs in this data folder; stop it first")]
    Running,
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] InstallationError),
    /// `[relay] url`.
    #[error(transparent)]
    Relay(#[from] BadRelayUrl),
    /// The relay's TLS settings.
    #[error("the relay's TLS cannot be set up: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// The certificate of our own doors.
    #[error(transparent)]
    Certificate(#[from] TlsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a person can do about a door that stays shut.
fn what_to_do(cause: &std::io::Error) -> &'static str {
    match cause.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for root and for programs that may have them: give this one CAP_NET_BIND_SERVICE \
             (AmbientCapabilities in a systemd unit), or choose a port above"
        }
        std::io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address: choose one that it has, or 0.0.0.0 for all"
        }
        _ => "choose another in the settings, or stop what holds it",
    }
}

/// Where a running engine listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// The public door.
    pub smtp: Option<SocketAddr>,
    /// The door for another mail server.
    pub lmtp: Option<SocketAddr>,
    /// The web pages.
    pub web: Option<SocketAddr>,
    /// The local door into the list.
    pub local: Option<SocketAddr>,
    /// The embedded mailbox, where it is the relay.
    pub mailbox: Option<SocketAddr>,
}

/// A running engine.
pub struct Engine {
    /// Where it listens.
    pub listening: Listening,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    published: Arc<Notify>,
    encryption: Option<Encryption>,
    /// Held for as long as this runs.
    _lock: File,
}

impl Engine {
    /// Opens the doors and starts the tasks.
    pub async fn start(installation: &Installation) -> Result<Self, ServeError> {
        let lock = installation.lock(WORKER)?.ok_or(ServeError::Running)?;
        let (stop, stopping) = watch::channel(false);
        let published = Arc::new(Notify::new());
        let queued = Arc::new(Notify::new());
        let intake = Arc::new(installation.asking_intake(Arc::clone(&published))?);
        let encryption = Encryption::of(&installation.config.smtp)?;
        let mut doors =
            Doors { installation, intake, tls: encryption.as_ref(), stopping: &stopping, tasks: Vec::new() };
        let config = &installation.config.smtp;
        let smtp = doors.open("the mail door", config.listen, Protocol::Smtp).await?;
        let lmtp = doors.open("the LMTP door", config.lmtp_listen, Protocol::Lmtp).await?;
        let local = doors.open_local(config.local_listen)?;
        let web = doors.open_pages(installation.config.web.listen, &queued).await?;
        let mut tasks = doors.tasks;
        let (relay, mailbox) = relay(installation)?;
        let listening = Listening { smtp, lmtp, web, local, mailbox };
        let courier = courier(installation, Arc::clone(&relay), WORKER);
        courier.resume().await?;
        let digests =
            Digests { job: installation.job(), store: installation.store.clone(), installation: installation.clone() };
        tasks.push(tokio::spawn(make_digests(digests, Arc::clone(&published), Arc::clone(&queued), stopping.clone())));
        tasks.push(tokio::spawn(send(courier, relay, queued, stopping)));
        Ok(Self { listening, stop, tasks, published, encryption, _lock: lock })
    }

    /// Has it look at once for what is due, as it does every second anyway: for those who set its clock.
    pub fn nudge(&self) {
        self.published.notify_one();
    }

    /// Whether sessions can be encrypted.
    pub fn encrypts(&self) -> bool {
        self.encryption.is_some()
    }

    /// Reads the certificate and its key again, for sessions to come. Where they cannot be used, those before stay.
    pub fn renew_certificate(&self) {
        match self.encryption.as_ref().map(Encryption::renew) {
            None => tracing::info!("there is no certificate to read again"),
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(%error, "the certificate stays as it was"),
        }
    }

    /// Ends: no new sessions; what is in flight is finished.
    pub async fn stop(self) {
        // Nobody listens only where every task has ended already.
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(task.error = %error, "a task did not end well");
            }
        }
    }
}

/// A certificate and what is encrypted with it.
struct Encryption {
    certificate: Certificate,
    tls: Tls,
}

impl Encryption {
    /// By the settings; `None` where they name no certificate.
    fn of(settings: &config::Smtp) -> Result<Option<Self>, TlsError> {
        let Some((cert, key)) = settings.cert.clone().zip(settings.key.clone()) else { return Ok(None) };
        let certificate = Certificate { cert, key };
        let tls = Tls::new(certificate.load()?);
        Ok(Some(Self { certificate, tls }))
    }

    fn renew(&self) -> Result<(), TlsError> {
        self.certificate.load().map(|config| self.tls.renew(config))
    }
}

/// The doors being opened.
struct Doors<'a> {
    installation: &'a Installation,
    intake: Arc<Intake>,
    tls: Option<&'a Encryption>,
    stopping: &'a watch::Receiver<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Doors<'_> {
    /// Opens a door of our own at `address`, if there is one; where it listens.
    async fn open(
        &mut self,
        what: &'static str,
        address: Option<SocketAddr>,
        protocol: Protocol,
    ) -> Result<Option<SocketAddr>, ServeError> {
        let Some(address) = address else { return Ok(None) };
        let listen = |cause| ServeError::Listen { what, address, cause };
        let config = &self.installation.config;
        let setup = Setup {
            domain: config.server.greeting_name().to_owned(),
            protocol,
            limits: limits(&config.limits),
            tls: self.tls.map(|encryption| encryption.tls.clone()),
        };
        let door = PublicDoor::bind(address, setup, Arc::clone(&self.intake)).await.map_err(listen)?;
        let listening = door.local_addr().map_err(listen)?;
        self.tasks.push(tokio::spawn(door.run(self.stopping.clone())));
        Ok(Some(listening))
    }

    /// Serves the web pages at `address`, if they are served; where.
    async fn open_pages(
        &mut self,
        address: Option<SocketAddr>,
        queued: &Arc<Notify>,
    ) -> Result<Option<SocketAddr>, ServeError> {
        let (Some(address), Some(site)) = (address, site(self.installation, queued)) else {
            return Ok(None);
        };
        let listen = |cause| ServeError::Listen { what: "the web pages", address, cause };
        let pages = PageServer::bind(address, &site, Bounds::default()).await.map_err(listen)?;
        let listening = pages.local_addr().map_err(listen)?;
        self.tasks.push(tokio::spawn(pages.run(self.stopping.clone())));
        Ok(Some(listening))
    }

    /// Opens the local door at `address`, if there is one; where it listens.
    fn open_local(&self, address: Option<SocketAddr>) -> Result<Option<SocketAddr>, ServeError> {
        let Some(address) = address else { return Ok(None) };
        let config = &self.installation.config;
        let (domain, limits) = (config.server.greeting_name(), limits(&config.limits));
        let door = LocalDoor::start(address, domain, limits, Arc::clone(&self.intake), Handle::current());
        let door = door.map_err(|cause| ServeError::Listen { what: "the local door", address, cause })?;
        Ok(Some(door.local_addr()))
    }
}

/// Whether a process serves this folder. Takes its lock for a moment where none does.
pub fn is_running(installation: &Installation) -> Result<bool, InstallationError> {
    Ok(installation.lock(WORKER)?.is_none())
}

/// An outbox worker for commands that send without serving.
pub fn courier(installation: &Installation, relay: Arc<SmtpRelay>, worker: &str) -> Courier<SmtpRelay> {
    let relay_settings = &installation.config.relay;
    let dispatch = Dispatch {
        worker: worker.to_owned(),
        domain: installation.config.server.domain.clone(),
        verp: relay_settings.reverse_path == ReversePath::Verp,
        patience: SignedDuration::from_hours(relay_settings.give_up_hours as i64),
        connections: relay_settings.connections,
        connections_per_domain: relay_settings.connections_per_domain,
    };
    Courier::new(installation.store.clone(), relay, installation.keys.clone(), installation.clock.clone(), dispatch)
        .signing(installation.signer.clone())
}

/// The relay that the settings name; where it is the embedded mailbox, that is opened, and its address told.
pub fn relay(installation: &Installation) -> Result<(Arc<SmtpRelay>, Option<SocketAddr>), ServeError> {
    let settings = &installation.config.relay;
    let url = RelayUrl::parse(settings.url.expose())?;
    let password = settings.password.as_ref().map(|secret| secret.expose());
    let (endpoint, mailbox) = match url.with_password(password)? {
        RelayUrl::Smtp(endpoint) => (endpoint, None),
        RelayUrl::Mailbox => {
            let address = open_mailbox(installation, SocketAddr::from(([127, 0, 0, 1], 0)))?;
            (Endpoint::at(address), Some(address))
        }
    };
    let answer = Duration::from_secs(settings.answer_seconds);
    let connections = ConnectionLimits { connections: settings.connections, ..ConnectionLimits::default() };
    let hello = installation.config.server.greeting_name();
    // RFC 5321 §4.5.3.2.6: a relay may think long about a whole mail, and giving up on it there sends it twice.
    let timeouts = Timeouts { end_of_data: answer.max(Timeouts::default().end_of_data), ..Timeouts::each(answer) };
    let relay = SmtpRelay::new(endpoint, hello, timeouts, connections, installation.clock.clone())?;
    Ok((Arc::new(relay), mailbox))
}

/// Opens the embedded mailbox to whoever delivers at `address`, which must be loopback; where it is then.
pub fn open_mailbox(installation: &Installation, address: SocketAddr) -> Result<SocketAddr, ServeError> {
    let folder = installation.mailbox();
    let mailbox = Mailbox::open(&folder, installation.clock.clone())
        .map_err(|cause| InstallationError::File { path: folder, cause })?;
    let limits = limits(&installation.config.limits);
    let domain = installation.config.server.greeting_name();
    let door = LocalDoor::start(address, domain, limits, Arc::new(mailbox), Handle::current())
        .map_err(|cause| ServeError::Listen { what: "the embedded mailbox", address, cause })?;
    Ok(door.local_addr())
}

/// What the web pages are made from; `None` where they are nowhere.
fn site(installation: &Installation, queued: &Arc<Notify>) -> Option<Site> {
    Some(Site {
        store: installation.store.clone(),
        keys: installation.keys.clone(),
        clock: installation.clock.clone(),
        domain: installation.config.server.domain.clone(),
        url: installation.config.web.url()?,
        queued: Arc::clone(queued),
    })
}

fn limits(settings: &config::Limits) -> Limits {
    Limits {
        message_bytes: settings.message_bytes,
        line_bytes: settings.line_bytes,
        command_bytes: settings.command_bytes,
        recipients: settings.recipients,
        sessions: settings.sessions,
        sessions_per_address: settings.sessions_per_address,
        errors_per_session: settings.errors_per_session,
        commands_per_session: settings.commands_per_session,
        buffered_bytes: settings.buffered_bytes,
        command_seconds: settings.command_seconds,
        data_seconds: settings.data_seconds,
    }
}

/// What the digest task works with.
#[derive(Clone)]
struct Digests {
    job: Job,
    store: Store,
    installation: Installation,
}

impl Digests {
    /// Fans out what waits and makes what is due; whether anything was queued.
    fn step(&self, turn: Turn) -> Result<bool, DigestError> {
        let mut queued = false;
        for list in self.store.lists()? {
            match self.one_list(&list, turn) {
                Ok(any) => queued |= any,
                Err(error) => {
                    tracing::error!(list.name = %list.name, digest.error = %error, "a list had to be passed over")
                }
            }
        }
        if turn.looks_who_is_due {
            match self.job.care_for_bounces(turn.now) {
                Ok(any) => queued |= any,
                Err(error) => tracing::error!(digest.error = %error, "nothing could be done about bounces"),
            }
            match self.job.say_goodbyes(turn.now) {
                Ok(any) => queued |= any,
                Err(error) => tracing::error!(digest.error = %error, "those who left could not be told"),
            }
            match self.job.report_to_owners(turn.now) {
                Ok(reports) => queued |= !reports.is_empty(),
                Err(error) => tracing::error!(digest.error = %error, "the owners' daily report could not be made"),
            }
        }
        Ok(queued)
    }

    fn one_list(&self, list: &List, turn: Turn) -> Result<bool, DigestError> {
        if turn.clock_went_back {
            self.store.mend_times(list.id, turn.now).wait()?;
        }
        let mut queued = false;
        while self.job.fan_out(list)? {
            queued = true;
        }
        if !turn.looks_who_is_due {
            return Ok(queued);
        }
        queued |= self.job.tell_moderators(list, turn.now)? > 0;
        let report = self.job.run(list, turn.now)?;
        for made in &report.made {
            tracing::info!(list.name = %list.name, digest.mails = made.mails, "a digest was made");
        }
        Ok(queued || !report.made.is_empty())
    }
}

/// A turn of the job. Each publication wakes it, for readers of each mail; who is due it looks once in a while.
#[derive(Clone, Copy)]
struct Turn {
    now: Timestamp,
    looks_who_is_due: bool,
    /// The clock shows less than at the last turn: at the start it may have since the last run.
    clock_went_back: bool,
}

async fn make_digests(
    digests: Digests,
    published: Arc<Notify>,
    queued: Arc<Notify>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut last = Timestamp::MAX;
    let mut looked = Timestamp::MIN;
    while !*stopping.borrow() {
        let now = digests.installation.clock.now();
        let clock_went_back = now < last;
        let looks_who_is_due = clock_went_back || now.duration_since(looked).unsigned_abs() >= LOOK;
        let turn = Turn { now, looks_who_is_due, clock_went_back };
        last = now;
        if looks_who_is_due {
            looked = now;
        }
        let job = digests.clone();
        match tokio::task::spawn_blocking(move || job.step(turn)).await {
            Ok(Ok(true)) => queued.notify_one(),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::error!(digest.error = %error, "digests could not be made; trying again"),
            Err(error) => tracing::error!(digest.error = %error, "the digest job broke; trying again"),
        }
        tokio::select! {
            () = published.notified() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(LOOK) => {}
            _ = stopping.changed() => {}
        }
    }
}

async fn send(
    courier: Courier<SmtpRelay>,
    relay: Arc<SmtpRelay>,
    queued: Arc<Notify>,
    mut stopping: watch::Receiver<bool>,
) {
    let courier = Arc::new(courier);
    while !*stopping.borrow() {
        let (worker, calls, stop) = (Arc::clone(&courier), Arc::clone(&queued), stopping.clone());
        let work = async move { worker.work(Calls { queued: Some(&calls), stopping: Some(stop) }).await };
        match tokio::spawn(work).await {
            Ok(Ok(tally)) if tally != Tally::default() => continue,
            Ok(Ok(_)) => relay.close_idle().await,
            Ok(Err(error)) => tracing::error!(store.error = %error, "the outbox could not be worked on; trying again"),
            Err(error) => tracing::error!(courier.error = %error, "delivery broke; trying again"),
        }
        tokio::select! {
            () = queued.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            _ = stopping.changed() => {}
        }
    }
    relay.close_idle().await;
}
