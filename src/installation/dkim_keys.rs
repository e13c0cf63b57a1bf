//! The DKIM keys in a data folder: a file each, named for its selector, in PEM.

use std::fs;
use std::path::Path;

use data_encoding::BASE64;
use jiff::Timestamp;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use super::{InstallationError, at, write_whole};
use crate::dkim::{Algorithm, Key, KeySet};

/// How long a line of PEM is (RFC 7468 §2).
const LINE: usize = 64;

/// All keys in the folder; other files are passed over.
pub(super) fn read(folder: &Path) -> Result<Vec<(KeySet, Key)>, InstallationError> {
    let mut keys = Vec::new();
    if !folder.exists() {
        return Ok(keys);
    }
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let Some((set, algorithm)) = path.file_name().and_then(|name| named(name.to_str()?)) else { continue };
        let text = fs::read(&path).map_err(at(&path))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&text)
            .ok()
            .and_then(|der| Key::from_pkcs8(set, algorithm, der.secret_pkcs8_der()));
        keys.push((set, key.ok_or(InstallationError::DkimKey(path))?));
    }
    Ok(keys)
}

/// Makes an RSA key and an Ed25519 key, later than `last`.
pub(super) fn make(folder: &Path, last: KeySet, now: Timestamp) -> Result<KeySet, InstallationError> {
    let set = KeySet::after(last, now);
    for algorithm in Algorithm::ALL {
        let made = Key::make(set, algorithm).and_then(|key| key.to_pkcs8());
        let der = made.ok_or(InstallationError::Randomness)?;
        write_whole(&folder.join(file_name(set, algorithm)), pem(&der).as_bytes())?;
    }
    Ok(set)
}

/// `dkim-rsa-r2026112501.pem`
fn file_name(set: KeySet, algorithm: Algorithm) -> String {
    format!("dkim-{}-{}.pem", algorithm.key_type(), set.selector(algorithm))
}

/// Whose file this is by its name.
fn named(name: &str) -> Option<(KeySet, Algorithm)> {
    let set = name.strip_suffix(".pem")?.rsplit_once('-')?.1.get(1..)?.parse().ok().map(KeySet)?;
    Algorithm::ALL.into_iter().find(|algorithm| name == file_name(set, *algorithm)).map(|algorithm| (set, algorithm))
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(LINE) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_reads_back_and_a_later_set_has_a_greater_name() {
        let folder = tempfile::tempdir().unwrap();
        let day: Timestamp = "2026-11-25T23:59:59Z".parse().unwrap();
        fs::write(folder.path().join("token-1"), "no key for DKIM").unwrap();
        fs::write(folder.path().join("dkim-rsa-e2026112501.pem"), "misnamed").unwrap();
        let first = make(folder.path(), KeySet::NONE, day).unwrap();
        let second = make(folder.path(), first, day).unwrap();
        let earlier = make(folder.path(), second, "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!((first.0, second.0, earlier.0), (2026112501, 2026112502, 2026112503));
        let mut read: Vec<String> =
            read(folder.path()).unwrap().iter().map(|(_, key)| key.selector().to_owned()).collect();
        read.sort();
        let wanted = ["e2026112501", "e2026112502", "e2026112503", "r2026112501", "r2026112502", "r2026112503"];
        assert_eq!(read, wanted);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), KeySet::NONE, Timestamp::UNIX_EPOCH).unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dkim-rsa-r2026112501.pem"), "nothing").unwrap();
        let error = read(folder.path()).map(drop).unwrap_err().to_string();
        assert!(error.contains("dkim-rsa-r2026112501.pem") && error.contains("--make-keys"), "{error}");
    }
}
