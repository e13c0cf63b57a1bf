//! A Postfix of the test's own: its queue and settings in a folder of its own, on loopback, ended with the test.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// Where the system keeps what only its administrator runs.
const PROGRAMS: &str = "/usr/sbin";

/// A running Postfix.
pub struct Postfix {
    /// Where it takes mail.
    pub address: SocketAddr,
    folder: tempfile::TempDir,
}

/// Where it brings mail.
pub struct Routes {
    /// Our domain, and the door for it.
    pub ours: (&'static str, SocketAddr),
    /// Everybody else.
    pub others: SocketAddr,
    /// Whom it does not know.
    pub unknown: &'static str,
}

/// A port of this machine that nobody has, for a program that must be told one.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Whether Postfix can be run here. Where it must be, the test fails if it cannot.
pub fn is_there(program: &str) -> bool {
    let there = [PROGRAMS, "/usr/bin", "/usr/local/bin"].iter().any(|folder| Path::new(folder).join(program).exists());
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let must = std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
    assert!((there && root) || !must, "{program} is needed here, and its installation, and to be root");
    if !(there && root) {
        eprintln!("skipped: {program} is not installed, or this is not root");
    }
    there && root
}

/// One of Postfix's programs, or of those beside it.
pub fn program(name: &str) -> Command {
    let there = Path::new(PROGRAMS).join(name);
    Command::new(if there.exists() { there } else { PathBuf::from(name) })
}

impl Postfix {
    /// Starts it; it takes mail when this returns.
    pub fn start(routes: &Routes) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        // Its processes run as another user.
        run(Command::new("chmod").arg("755").arg(root));
        for inner in ["etc", "queue", "data"] {
            fs::create_dir(root.join(inner)).unwrap();
        }
        run(Command::new("chown").arg("postfix").arg(root.join("data")));
        let address = free_address();
        fs::write(root.join("etc/main.cf"), main_cf(root, routes)).unwrap();
        fs::write(root.join("etc/master.cf"), master_cf(address)).unwrap();
        let this = Self { address, folder };
        run(&mut this.command("start"));
        let up = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            TcpStream::connect(address).is_ok()
        });
        assert!(up, "Postfix does not answer:\n{}", this.log());
        this
    }

    /// What it says of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("mail.log")).unwrap_or_default()
    }

    fn command(&self, what: &str) -> Command {
        let mut command = program("postfix");
        command.arg("-c").arg(self.folder.path().join("etc")).arg(what);
        command
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // A test that failed before has more to say than this.
        let _ = self.command("stop").output();
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

fn main_cf(root: &Path, routes: &Routes) -> String {
    let root = root.display();
    let Routes { ours: (domain, door), others, unknown } = routes;
    let hop = |to: &SocketAddr| format!("smtp:[{}]:{}", to.ip(), to.port());
    format!(
        "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.relay.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
fast_flush_domains =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_tls_security_level = none
in_flow_delay = 0
default_transport = {others}
transport_maps = inline:{{ {{ {domain} = {ours} }}, {{ {unknown} = error:5.1.1 user unknown }} }}
",
        others = hop(others),
        ours = hop(door),
    )
}

fn master_cf(address: SocketAddr) -> String {
    format!(
        "{address} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
scache unix - - n - 1 scache
error unix - - n - - error
retry unix - - n - - error
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"
    )
}
