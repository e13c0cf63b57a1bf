//! A small disk of its own: a tmpfs, which is full when it is full, and read-only when it is mounted so.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A mounted disk; unmounted when dropped.
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one of `megabytes` at `at`. `None` where this user may not: only where nobody counts on it (`CI`).
    pub fn mount(at: &Path, megabytes: usize) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let options = format!("size={megabytes}m,mode=700");
        if mount(&["-t", "tmpfs", "-o", &options, "rejoinder-test"], at) {
            return Some(Self { at: at.to_owned() });
        }
        assert!(std::env::var_os("CI").is_none(), "no disk can be mounted here, and CI counts on it: run it as root");
        eprintln!("SKIPPED: no disk can be mounted here; root can");
        None
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Fills it to the last octet.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        while ballast.write_all(&[0x5a; 4096]).is_ok() {}
    }

    /// Makes room again.
    pub fn make_room(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    /// Nothing on it can be written, or all of it again. Waits for those who have files open to be written.
    pub fn read_only(&self, read_only: bool) {
        let mode = if read_only { "remount,ro" } else { "remount,rw" };
        let done = (0..600).any(|_| {
            let done = mount(&["-o", mode], &self.at);
            if !done {
                std::thread::sleep(Duration::from_millis(100));
            }
            done
        });
        assert!(done, "the disk stays as it is");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // At the latest it goes when nobody uses it any more.
        drop(Command::new("umount").arg("-l").arg(&self.at).status());
    }
}

fn mount(words: &[&str], at: &Path) -> bool {
    Command::new("mount").args(words).arg(at).output().is_ok_and(|output| output.status.success())
}
