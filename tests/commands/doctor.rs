//! `doctor`: what it says of an installation, by a DNS server and a relay of the test's own.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::folder::{Folder, Ran};
use crate::name_server::{NameServer, Rr};

/// A mail server that takes everything, and remembers it.
struct Sink {
    at: SocketAddr,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self { at: listener.local_addr().unwrap(), taken: Arc::default() };
        let taken = Arc::clone(&this.taken);
        std::thread::spawn(move || listener.incoming().for_each(|client| talk(client.unwrap(), &taken)));
        this
    }
}

fn talk(mut client: TcpStream, taken: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
    client.write_all(b"220 sink.example ESMTP\r\n").unwrap();
    while let Some(line) = lines.next() {
        let answer = match line.get(..4) {
            Some("EHLO") => "250 sink.example",
            Some("DATA") => {
                client.write_all(b"354 go on\r\n").unwrap();
                let mail: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                taken.lock().unwrap().push(mail.join("\r\n"));
                "250 2.0.0 taken as 4711"
            }
            Some("QUIT") => "221 bye",
            _ => "250 ok",
        };
        // Whoever took leave may be gone.
        let _ = client.write_all(format!("{answer}\r\n").as_bytes());
    }
}

/// A folder that asks this DNS server.
fn asking(server: &NameServer) -> Folder {
    let folder = Folder::new();
    set(&folder, "trust", &format!("resolver = \"{}\"", server.at));
    folder
}

fn set(folder: &Folder, section: &str, line: &str) {
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(settings, text.replace(&format!("\n[{section}]\n"), &format!("\n[{section}]\n{line}\n"))).unwrap();
}

/// A folder whose mail goes to this relay, and that asks this DNS server.
fn sending(server: &NameServer, relay: &Sink) -> Folder {
    let folder = asking(server);
    set(&folder, "relay", &format!("url = \"smtp://{}\"", relay.at));
    folder
}

/// What each check found: `check state`, and the whole object.
fn found(ran: &Ran) -> Vec<(String, Value)> {
    let objects = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named = |object: Value| {
        let text = |key: &str| object[key].as_str().unwrap().to_owned();
        (format!("{} {}", text("check"), text("state")), object)
    };
    objects.map(named).collect()
}

fn states(found: &[(String, Value)], state: &str) -> Vec<String> {
    // How full the disk is, is the machine's own affair.
    let named = found.iter().filter_map(|(name, _)| name.strip_suffix(state)).map(str::trim);
    named.filter(|name| *name != "disk").map(ToOwned::to_owned).collect()
}

/// Publishes what the checks tell to be published.
fn publish(server: &NameServer, found: &[(String, Value)]) {
    let records = found.iter().flat_map(|(_, object)| object["records"].as_array().unwrap());
    for record in records.filter(|record| record["type"] == "TXT") {
        server.has(record["name"].as_str().unwrap(), Rr::Txt(record["value"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn a_fresh_folder_has_no_faults_and_is_told_every_record_it_will_need() {
    let server = NameServer::start();
    let folder = asking(&server);
    let told = folder.run("doctor").done();
    assert!(!told.lines().any(|line| line.starts_with("fault ")), "{told}");
    for wanted in [
        "ok       database ",
        "ok       keys ",
        "ok       clock ",
        "warning  relay ",
        "Before you go public, publish this",
        "\n    lists.example. IN MX 10 lists.example.\n",
        "\n    lists.example. IN TXT \"v=spf1 a:lists.example ~all\"\n",
        "\n    _dmarc.lists.example. IN TXT \"v=DMARC1; p=none\"\n",
        "._domainkey.lists.example. IN TXT ( \"v=DKIM1; k=rsa; p=MII",
        "._domainkey.lists.example. IN TXT \"v=DKIM1; k=ed25519; p=",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    let zone_file = told.lines().find(|line| line.contains("k=rsa") && line.contains(" IN ")).unwrap();
    let strings: Vec<&str> = zone_file.split('"').skip(1).step_by(2).collect();
    assert!(strings.len() == 2 && strings.iter().all(|string| string.len() <= 255), "{zone_file}");
    assert!(told.contains(&format!("\n    {}\n", strings.concat())), "in one piece");
    let made = Folder::none().run("init --domain lists.example --list talk --author marina@example.org").done();
    assert!(made.contains("IN TXT ( \"v=DKIM1; k=rsa; p=MII") && made.contains("k=ed25519; p="), "{made}");
}

#[test]
fn what_is_missing_is_a_fault_once_mail_goes_out_and_all_is_well_once_it_is_published() {
    let (server, relay) = (NameServer::start(), Sink::start());
    let folder = sending(&server, &relay);
    let ran = folder.run("doctor --json");
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("6 faults") && ran.err.contains("rejoinder doctor"), "{}", ran.err);
    let before = found(&ran);
    assert_eq!(states(&before, "fault"), ["mx", "spf", "dkim", "dkim", "dmarc", "ptr"]);
    publish(&server, &before);
    server.has("lists.example", Rr::Mx(10, "lists.example")).has("lists.example", Rr::Ip("192.0.2.1"));
    server.has("1.2.0.192.in-addr.arpa", Rr::Ptr("lists.example"));
    let after = found(&folder.run("doctor --json"));
    assert_eq!(states(&after, "fault"), [""; 0], "{after:?}");
    assert_eq!(states(&after, "warning"), [""; 0], "{after:?}");
    let told = folder.run("doctor").done();
    assert!(told.contains("lists.example lets 192.0.2.1 send its mail"), "{told}");
    assert!(!told.contains("p=MII"), "what is published needs no telling: {told}");
}

#[test]
fn what_is_published_wrongly_is_told_with_what_stands_there_and_what_should() {
    let (server, relay) = (NameServer::start(), Sink::start());
    let folder = sending(&server, &relay);
    let selectors = found(&folder.run("doctor --json"));
    let names: Vec<String> = selectors
        .iter()
        .filter(|(name, _)| name.starts_with("dkim"))
        .map(|(_, object)| object["records"][0]["name"].as_str().unwrap().to_owned())
        .collect();
    let txt = |text: &str| Rr::Txt(text.to_owned());
    server
        .has("lists.example", txt("v=spf1 ip4:198.51.100.1 -all"))
        .has("lists.example", Rr::Ip("192.0.2.1"))
        .has("lists.example", Rr::Mx(10, "gone.example"))
        .has(&names[0], txt("v=DKIM1; k=rsa; p=AAAA"))
        .has(&names[1], txt("v=DKIM1; k=ed25519; p="))
        .has("_dmarc.lists.example", txt("v=DMARC1; p=none"))
        .has("_dmarc.lists.example", txt("v=DMARC1; p=reject"))
        .has("1.2.0.192.in-addr.arpa", Rr::Ptr("host-1.provider.example"));
    let ran = folder.run("doctor");
    assert_eq!(ran.status, 1);
    for wanted in [
        "gone.example for its MX, which has no address",
        "does not let 192.0.2.1, this machine, send its mail",
        "IN TXT \"v=spf1 a:lists.example ip4:198.51.100.1 -all\"",
        "has another key than our rsa key",
        "has another key than our ed25519 key",
        "several records, which count as none",
        "points back to host-1.provider.example, not to lists.example",
        "1.2.0.192.in-addr.arpa. IN PTR lists.example.",
    ] {
        assert!(ran.out.contains(wanted), "no {wanted:?} in\n{}", ran.out);
    }
}

#[test]
fn a_domain_that_says_it_takes_no_mail_is_told_of() {
    let (server, relay) = (NameServer::start(), Sink::start());
    let folder = sending(&server, &relay);
    server.has("lists.example", Rr::Mx(0, "")).has("lists.example", Rr::Txt("v=spf1 -all".to_owned()));
    server.has("lists.example", Rr::Txt("V=SPF1 mx".to_owned()));
    let ran = folder.run("doctor");
    assert!(ran.out.contains("says that it takes no mail (MX 0 .)"), "{}", ran.out);
    assert!(ran.out.contains("has 2 SPF records, which counts as none"), "{}", ran.out);
}

#[test]
fn a_policy_of_the_domain_above_counts() {
    let (server, relay) = (NameServer::start(), Sink::start());
    let folder = Folder::none();
    folder.run("init --domain news.lists.example --list talk --author marina@example.org").done();
    set(&folder, "trust", &format!("resolver = \"{}\"", server.at));
    set(&folder, "relay", &format!("url = \"smtp://{}\"", relay.at));
    server.has("_dmarc.lists.example", Rr::Txt("v=DMARC1; p=reject".to_owned()));
    let found = found(&folder.run("doctor --json"));
    assert!(
        found.iter().any(|(name, object)| name == "dmarc ok" && object["found"].as_str().unwrap().contains("p=reject"))
    );
}

#[test]
fn a_test_mail_goes_the_way_of_all_mail_and_the_relays_word_is_told() {
    let (server, relay) = (NameServer::start(), Sink::start());
    let folder = sending(&server, &relay);
    let ran = folder.run("doctor --send-test ada@example.net");
    assert!(ran.out.contains("The relay took it for ada@example.net: 2.0.0 taken as 4711."), "{}", ran.out);
    let taken = relay.taken.lock().unwrap();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].starts_with("DKIM-Signature: v=1; a=rsa-sha256;"), "{}", taken[0]);
    assert!(
        taken[0].contains("\r\nTo: ada@example.net\r\n") && taken[0].contains("\r\nAuto-Submitted: auto-generated\r\n")
    );
    drop(taken);
    set(&folder, "relay", "dkim = \"off\"");
    folder.run("doctor --send-test ada@example.net");
    assert!(!relay.taken.lock().unwrap()[1].contains("DKIM-Signature"));
}

#[test]
fn a_relay_that_is_not_there_is_a_fault() {
    let server = NameServer::start();
    let folder = asking(&server);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    set(&folder, "relay", &format!("url = \"smtp://{closed}\""));
    let ran = folder.run("doctor --send-test ada@example.net");
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("fault    relay ") && ran.out.contains("fault    test mail "), "{}", ran.out);
}

#[test]
fn a_dns_server_that_does_not_answer_is_told_of_once() {
    let folder = Folder::new();
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    set(&folder, "trust", &format!("resolver = \"{closed}\""));
    let found = found(&folder.run("doctor --json"));
    assert_eq!(states(&found, "warning"), ["relay", "dns"], "{found:?}");
}

#[test]
fn a_door_that_another_program_holds_is_a_fault() {
    let server = NameServer::start();
    let folder = asking(&server);
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    std::thread::spawn({
        let held = held.try_clone().unwrap();
        move || held.incoming().for_each(|client| client.unwrap().write_all(b"220 other.example\r\n").unwrap())
    });
    folder.set_smtp(&format!("lmtp_listen = \"{}\"", held.local_addr().unwrap()));
    let ran = folder.run("doctor");
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("fault    lmtp ") && ran.out.contains("stop what holds it"), "{}", ran.out);
}

/// A `serve` that was started, ended with this.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // Where it has ended by itself there is nothing left to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_door_that_our_own_serve_holds_is_served_and_one_without_keys_says_how_to_make_them() {
    let server = NameServer::start();
    let folder = asking(&server);
    std::fs::remove_dir_all(folder.path("keys")).unwrap();
    std::fs::create_dir(folder.path("keys")).unwrap();
    std::fs::write(folder.path("keys/token-1"), "07".repeat(32)).unwrap();
    let mut serving = Serving(folder.command("serve").spawn().unwrap());
    let first = BufReader::new(serving.0.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    let address = first.strip_prefix("smtp ").unwrap();
    let said = BufReader::new(serving.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let warned = said.into_iter().find(|line| line.contains("DKIM")).unwrap();
    assert!(warned.starts_with("WARNING: ") && warned.contains("rejoinder doctor --make-keys --data"), "{warned}");
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(settings, text.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{address}\""))).unwrap();
    let ran = folder.run("doctor");
    assert!(ran.out.contains(&format!("{address}, a door for this machine only, is served.")), "{}", ran.out);
}

#[test]
fn a_folder_without_keys_is_told_how_to_make_them_and_newer_keys_leave_the_older_ones() {
    let server = NameServer::start();
    let folder = asking(&server);
    let keys = || {
        let names = std::fs::read_dir(folder.path("keys")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.starts_with("dkim-"));
        names.sort();
        names
    };
    for name in keys() {
        std::fs::remove_file(folder.path(&format!("keys/{name}"))).unwrap();
    }
    let told = folder.run("doctor").done();
    assert!(told.contains("warning  keys ") && told.contains("doctor --make-keys"), "{told}");
    let made = folder.run("doctor --make-keys").done();
    assert!(made.starts_with("ok       made         New DKIM keys with the selectors r"), "{made}");
    assert_eq!(keys().len(), 2);
    let first = keys();
    folder.run("doctor --make-keys").done();
    assert_eq!(keys().len(), 4);
    assert!(first.iter().all(|name| keys().contains(name)));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_read_or_that_cannot_be_used_is_a_fault() {
    use std::os::unix::fs::PermissionsExt;
    let server = NameServer::start();
    let folder = asking(&server);
    let token = folder.path("keys/token-1");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = folder.run("doctor");
    assert_eq!(ran.status, 1);
    assert!(
        ran.out.contains("fault    folder ") && ran.out.contains("token-1") && ran.out.contains("chmod -R go="),
        "{}",
        ran.out
    );
    set(&folder, "relay", "dkim = \"maybe\"");
    let ran = folder.run("doctor --json");
    assert_eq!((ran.status, states(&found(&ran), "fault")), (1, vec!["folder".to_owned()]));
    assert!(Folder::none().run("doctor").failed().contains("rejoinder init"));
}
