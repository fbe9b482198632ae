//! Certificates and keys in PEM files. Of a key nothing is ever told but its file.

use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::model::{Authorities, Identity, PrivateKey};

use super::attached;
use super::connection::FileText;
use super::connection_problem::ConnectionProblem;
use super::error::Problems;

/// Why a file with certificates cannot be used, one of which is none (X.509).
const UNREADABLE: &str = "what it has between BEGIN CERTIFICATE and END is no certificate";

/// The authorities in a file; nothing if they cannot be used, which is told.
pub(super) fn authorities(
    file: &FileText,
    directory: &Path,
    problems: &Problems,
) -> Option<Authorities> {
    let certificates = certificates(file, directory, problems)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        if roots.add(certificate.clone()).is_err() {
            refuse(file, UNREADABLE.to_owned(), problems);
            return None;
        }
    }
    let certificates = certificates.iter().map(|der| der.to_vec()).collect();
    Some(Authorities { file: file.written.clone(), certificates })
}

/// The client's own certificate; nothing if it or its key cannot be used, which is told.
pub(super) fn identity(
    certificate: &FileText,
    key: &FileText,
    directory: &Path,
    problems: &Problems,
) -> Option<Identity> {
    let chain = certificates(certificate, directory, problems);
    let private = private(key, directory, problems);
    let (chain, private) = chain.zip(private)?;
    let secret = private.secret_der().to_vec();
    match CertifiedKey::from_der(chain.clone(), private, &default_provider()) {
        Ok(_) => Some(Identity {
            certificate: certificate.written.clone(),
            key: key.written.clone(),
            chain: chain.iter().map(|der| der.to_vec()).collect(),
            private: PrivateKey(secret),
        }),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let (key_file, certificate) = (key.written.clone(), certificate.written.clone());
            let problem = ConnectionProblem::KeyOfAnother { key: key_file, certificate };
            problems.at(key.span.clone(), problem.into());
            None
        }
        Err(rustls::Error::InvalidCertificate(_)) => {
            refuse(certificate, UNREADABLE.to_owned(), problems);
            None
        }
        // What is wrong inside of a key is nobody's business.
        Err(_) => {
            refuse(key, "its key is of no kind that can be used".to_owned(), problems);
            None
        }
    }
}

fn refuse(file: &FileText, reason: String, problems: &Problems) {
    let problem = ConnectionProblem::File { file: file.written.clone(), reason };
    problems.at(file.span.clone(), problem.into());
}

fn certificates(
    file: &FileText,
    directory: &Path,
    problems: &Problems,
) -> Option<Vec<CertificateDer<'static>>> {
    let read = read(file, directory).and_then(|bytes| {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        let found = found.map_err(|error| reason(&error))?;
        if found.is_empty() {
            Err("it has no `BEGIN CERTIFICATE` in it".to_owned())
        } else {
            Ok(found)
        }
    });
    read.map_err(|reason| refuse(file, reason, problems)).ok()
}

fn private(
    file: &FileText,
    directory: &Path,
    problems: &Problems,
) -> Option<PrivateKeyDer<'static>> {
    let read = read(file, directory).and_then(|bytes| {
        if is_encrypted(&bytes) {
            problems
                .at(file.span.clone(), ConnectionProblem::Encrypted(file.written.clone()).into());
            return Ok(None);
        }
        PrivateKeyDer::from_pem_slice(&bytes).map(Some).map_err(|error| match error {
            PemError::NoItemsFound => "it has no `BEGIN PRIVATE KEY` in it".to_owned(),
            other => reason(&other),
        })
    });
    read.map_err(|reason| refuse(file, reason, problems)).ok().flatten()
}

fn read(file: &FileText, directory: &Path) -> Result<Vec<u8>, String> {
    attached::read(directory, &file.written)
}

/// What is wrong with a file, without anything of its content.
fn reason(error: &PemError) -> String {
    match error {
        PemError::MissingSectionEnd { .. } => "a section of it has no end",
        PemError::Base64Decode(_) => "what is between its lines BEGIN and END is not Base64",
        _ => "it is not a PEM file",
    }
    .to_owned()
}

/// Whether the key is encrypted, as PKCS #8 has it (RFC 7468, section 11) or as OpenSSL did before
/// (RFC 1421, section 4.6.1.1).
fn is_encrypted(pem: &[u8]) -> bool {
    let mut lines = pem.split(|&byte| byte == b'\n');
    lines.any(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY")
            || line.starts_with(b"Proc-Type:") && line.trim_ascii_end().ends_with(b"ENCRYPTED")
    })
}
