//! What this machine did not have when a connection was to be opened, which is no failure of the
//! service.

use std::io;
use std::sync::{Arc, OnceLock};

use super::EngineError;

/// Whether a connection could not be opened for want of something that this machine gives. Clones
/// share what one of them hears, on whichever thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shortage(Arc<OnceLock<i32>>);

impl Shortage {
    /// Takes note of why a connection could not be opened.
    pub(super) fn note(&self, error: &io::Error) {
        if (is_of_files(error) || is_of_ports(error))
            && let Some(code) = error.raw_os_error()
        {
            // The first says enough.
            let _ = self.0.set(code);
        }
    }

    /// Takes note of what another one heard.
    pub(super) fn note_of(&self, other: &Self) {
        if let Some(&code) = other.0.get() {
            let _ = self.0.set(code);
        }
    }

    /// Whether anything was heard.
    pub(super) fn is_found(&self) -> bool {
        self.0.get().is_some()
    }

    /// What was heard, if anything was: no figure of the service can be believed any more.
    pub(super) fn found(&self) -> Option<EngineError> {
        let code = self.0.get()?;
        Some(EngineError::Shortage(io::Error::from_raw_os_error(*code)))
    }
}

/// Whether there is no file descriptor, or no memory for a socket, whatever the address is.
pub(super) fn is_of_files(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| OF_FILES.contains(&code))
}

/// Whether no local port is left for that address, or this machine has none that leads there.
pub(super) fn is_of_ports(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
}

/// EMFILE, ENFILE and ENOBUFS.
#[cfg(unix)]
const OF_FILES: [i32; 3] = {
    use rustix::io::Errno;
    [Errno::MFILE.raw_os_error(), Errno::NFILE.raw_os_error(), Errno::NOBUFS.raw_os_error()]
};

/// `WSAEMFILE` and `WSAENOBUFS`.
#[cfg(not(unix))]
const OF_FILES: [i32; 2] = [10024, 10055];

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    fn heard(errno: Errno) -> Option<EngineError> {
        let shortage = Shortage::default();
        shortage.clone().note(&errno.into());
        shortage.found()
    }

    #[test]
    fn what_this_machine_has_too_little_of_is_told_from_what_the_service_refuses() {
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::ADDRNOTAVAIL] {
            let Some(EngineError::Shortage(error)) = heard(errno) else { panic!("{errno}") };
            assert_eq!(error.raw_os_error(), Some(errno.raw_os_error()));
        }
        for errno in [Errno::CONNREFUSED, Errno::CONNRESET, Errno::TIMEDOUT, Errno::AGAIN] {
            assert!(heard(errno).is_none(), "{errno}");
        }
    }

    #[test]
    fn the_first_reason_is_kept_and_handed_on() {
        let (shortage, other) = (Shortage::default(), Shortage::default());
        other.note_of(&shortage);
        assert!(other.found().is_none());
        shortage.note(&Errno::MFILE.into());
        shortage.note(&Errno::ADDRNOTAVAIL.into());
        other.note_of(&shortage);
        let Some(EngineError::Shortage(error)) = other.found() else { panic!("handed on") };
        assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()));
    }
}
