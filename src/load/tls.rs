//! TLS settings, the same for measured connections and for everything around them.

use std::sync::Arc;

use tokio_rustls::rustls::client::Resumption as Sessions;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::EngineError;
use crate::model::{ConnectionPolicy, Identity, Resumption};

/// Which certificates are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Those that lead to one of the system's certificate authorities. `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name others.
    System,
    /// Those that lead to one of these (DER).
    Authorities(Vec<Vec<u8>>),
    /// Any: for self-signed services under test.
    Anything,
}

impl Trust {
    /// What `policy` says.
    pub(crate) fn of(policy: &ConnectionPolicy) -> Self {
        match &policy.tls.authorities {
            _ if policy.insecure => Self::Anything,
            Some(authorities) => Self::Authorities(authorities.certificates.clone()),
            None => Self::System,
        }
    }
}

/// The settings for the service itself, which alone sees the client's certificate.
pub(crate) fn service_config(policy: &ConnectionPolicy) -> Result<Arc<ClientConfig>, EngineError> {
    let config = client_config(Trust::of(policy))?;
    let Some(identity) = &policy.tls.identity else { return Ok(config) };
    let mut config = Arc::unwrap_or_clone(config);
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified(identity)?));
    Ok(Arc::new(config))
}

fn certified(identity: &Identity) -> Result<CertifiedKey, EngineError> {
    let refused = || EngineError::TlsSetup(format!("`{}` cannot be used", identity.key));
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::try_from(identity.private.0.clone()).map_err(|_| refused())?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|_| refused())
}

/// The same settings with an empty memory of sessions, or with none: what workers share they would
/// lock. Of a service as many sessions are kept as rustls keeps (8 tickets of TLS 1.3, each of which is
/// used once).
pub(crate) fn with_own_sessions(
    config: &ClientConfig,
    resumption: Resumption,
) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.resumption = match resumption {
        Resumption::Resumed => Sessions::default(),
        Resumption::Never => Sessions::disabled(),
    };
    Arc::new(config)
}

/// The same settings for HTTP/2 and nothing else.
pub(crate) fn for_http2(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// The client's settings, without HTTP/2 in ALPN.
pub(crate) fn client_config(trust: Trust) -> Result<Arc<ClientConfig>, EngineError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| EngineError::TlsSetup(error.to_string()))?;
    let mut config = match trust {
        Trust::System => {
            let mut roots = RootCertStore::empty();
            let found = rustls_native_certs::load_native_certs();
            let (added, _) = roots.add_parsable_certificates(found.certs);
            if added == 0 {
                return Err(EngineError::TlsSetup(
                    "this system has no certificate authorities: install its CA certificates or name a \
                     file in SSL_CERT_FILE"
                        .to_owned(),
                ));
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        Trust::Authorities(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots
                    .add(CertificateDer::from(certificate))
                    .map_err(|error| EngineError::TlsSetup(error.to_string()))?;
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        Trust::Anything => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnything(provider)))
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Accepts every certificate but still checks that the peer holds its key.
#[derive(Debug)]
struct AcceptAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
