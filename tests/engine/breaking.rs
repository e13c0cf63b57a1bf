//! A disk that fails when it is told to: SQLite's own file system with three of its calls taken over, for the files of
//! one folder. What SQLite makes of a failure is real; only the failure is made up.

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use rusqlite::ffi;

/// How a disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Half of what was to be written fits, and no more.
    Full,
    /// Nothing can be written, as on a disk that the system made read-only.
    Write,
    /// What was written may not be on the disk.
    Sync,
}

impl Failure {
    fn code(self) -> c_int {
        match self {
            Self::Full => ffi::SQLITE_FULL,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
        }
    }
}

/// The failing disk, for one test at a time.
pub struct Disk {
    _alone: MutexGuard<'static, ()>,
}

/// What is to happen: counted from now on.
struct Orders {
    folder: PathBuf,
    failure: Failure,
    /// How many operations of its kind still go well.
    spared: usize,
    /// How many then fail.
    failing: usize,
}

static ALONE: Mutex<()> = Mutex::new(());
static ORDERS: Mutex<Option<Orders>> = Mutex::new(None);
/// How many operations failed since the orders.
static FAILED: AtomicUsize = AtomicUsize::new(0);
static TAKEN_OVER: Once = Once::new();
/// SQLite's own file system, and its calls for the files of the folder.
static OWN: OnceLock<Own> = OnceLock::new();
static OWN_CALLS: OnceLock<ffi::sqlite3_io_methods> = OnceLock::new();
static OUR_CALLS: [OnceLock<ffi::sqlite3_io_methods>; 2] = [const { OnceLock::new() }; 2];

struct Own(*mut ffi::sqlite3_vfs);
// SAFETY: SQLite's file system is made once, never changed and never freed, and is called from any thread.
unsafe impl Send for Own {}
// SAFETY: as above.
unsafe impl Sync for Own {}

impl Disk {
    /// The disk of `folder`, which works for now. Databases in it must be opened after this.
    pub fn of(folder: &Path) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        TAKEN_OVER.call_once(take_over);
        let folder = folder.canonicalize().unwrap();
        *orders() = Some(Orders { folder, failure: Failure::Full, spared: usize::MAX, failing: 0 });
        Self { _alone: alone }
    }

    /// Has `failing` operations fail after so many more that go well.
    pub fn breaks(&self, failure: Failure, spared: usize, failing: usize) {
        if let Some(orders) = orders().as_mut() {
            (orders.failure, orders.spared, orders.failing) = (failure, spared, failing);
        }
        FAILED.store(0, Ordering::SeqCst);
    }

    /// Lets everything go well again.
    pub fn mend(&self) {
        if let Some(orders) = orders().as_mut() {
            (orders.spared, orders.failing) = (usize::MAX, 0);
        }
    }

    /// How many operations failed since it last broke.
    pub fn failed(&self) -> usize {
        FAILED.load(Ordering::SeqCst)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        *orders() = None;
    }
}

fn orders() -> MutexGuard<'static, Option<Orders>> {
    ORDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an operation of this kind fails now, and with which code.
fn fails(is_sync: bool) -> Option<Failure> {
    let mut orders = orders();
    let orders = orders.as_mut().filter(|orders| (orders.failure == Failure::Sync) == is_sync)?;
    if orders.spared > 0 {
        orders.spared -= 1;
        return None;
    }
    orders.failing = orders.failing.checked_sub(1)?;
    FAILED.fetch_add(1, Ordering::SeqCst);
    Some(orders.failure)
}

/// Registers SQLite's file system a second time, as the default, with files of the folder opened by [`open`].
fn take_over() {
    // SAFETY: the default file system exists for as long as the process; its copy is leaked, so it does as well. A copy
    // shares nothing with it but what is never written.
    unsafe {
        let own = ffi::sqlite3_vfs_find(std::ptr::null());
        let mut copy = *own;
        copy.zName = c"breaking".as_ptr();
        copy.pNext = std::ptr::null_mut();
        copy.xOpen = Some(open);
        OWN.get_or_init(|| Own(own));
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(copy)), 1), ffi::SQLITE_OK);
    }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some((own, open)) = OWN.get().and_then(|own| {
        // SAFETY: it was found before this was registered.
        unsafe { (*own.0).xOpen }.map(|open| (own.0, open))
    }) else {
        // SAFETY: SQLite asks for this where nothing was opened.
        unsafe { (*file).pMethods = std::ptr::null() };
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: SQLite gives a file of the size that its own file system asked for, and a name that ends in NUL, or none.
    unsafe {
        let code = open(own, name, file, flags, out);
        if code == ffi::SQLITE_OK && !name.is_null() && is_in_folder(CStr::from_ptr(name)) {
            // Those of a database and those of its journals differ, but not in what is taken over.
            let calls = *(*file).pMethods;
            OWN_CALLS.get_or_init(|| calls);
            let table = if calls.xShmMap.is_some() { &OUR_CALLS[0] } else { &OUR_CALLS[1] };
            (*file).pMethods = table.get_or_init(|| ffi::sqlite3_io_methods {
                xWrite: Some(write),
                xTruncate: Some(truncate),
                xSync: Some(sync),
                ..calls
            });
        }
        code
    }
}

fn is_in_folder(name: &CStr) -> bool {
    let path = Path::new(OsStr::from_bytes(name.to_bytes()));
    orders().as_ref().is_some_and(|orders| path.starts_with(&orders.folder))
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    octets: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let Some(write) = OWN_CALLS.get().and_then(|calls| calls.xWrite) else { return ffi::SQLITE_IOERR };
    match fails(false) {
        // SAFETY: as SQLite called us, or with fewer of the same octets.
        None => unsafe { write(file, from, octets, at) },
        Some(failure) => {
            if failure == Failure::Full {
                // SAFETY: as above.
                unsafe { write(file, from, octets / 2, at) };
            }
            failure.code()
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let Some(truncate) = OWN_CALLS.get().and_then(|calls| calls.xTruncate) else { return ffi::SQLITE_IOERR };
    // SAFETY: as SQLite called us.
    fails(false).map_or_else(|| unsafe { truncate(file, size) }, Failure::code)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let Some(sync) = OWN_CALLS.get().and_then(|calls| calls.xSync) else { return ffi::SQLITE_IOERR };
    // SAFETY: as SQLite called us.
    fails(true).map_or_else(|| unsafe { sync(file, flags) }, Failure::code)
}
