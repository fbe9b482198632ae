//! Responses changed at random, the same ones each time: however they are cut they are read the same,
//! and as hyper reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::super::trial::{Then, Trial, fuzz_response, seed};
use super::hyper_reads;

const TRIES: usize = 6000;

/// What makes a difference to a response when it is put into one.
const PIECES: [&[u8]; 24] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"ffffffffffffffff",
    b";a=b",
    b": ",
    b",",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"content-length: 5\r\n",
    b"content-length: 0\r\n",
    b"transfer-encoding: chunked\r\n",
    b"transfer-encoding: gzip\r\n",
    b"connection: close\r\n",
    b"connection: keep-alive\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 204 No Content\r\n",
    b"304",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut impl Rng) {
    let place = random.random_range(0..=bytes.len());
    let end = random.random_range(place..=bytes.len().min(place + 8));
    match random.random_range(0..4) {
        0 => {
            let piece = PIECES[random.random_range(0..PIECES.len())];
            bytes.splice(place..place, piece.iter().copied());
        }
        1 => {
            bytes.drain(place..end);
        }
        2 => {
            let again = bytes[place..end].to_vec();
            bytes.splice(place..place, again);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << random.random_range(0..8_u8);
            }
        }
    }
}

/// The committed seeds by name, in an order that does not depend on the file system.
fn seeds() -> BTreeMap<OsString, Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/response");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect()
}

/// Those that were written, of which most are responses; the fuzzer names what it finds by its digest.
fn written_seeds() -> Vec<Vec<u8>> {
    let is_written = |name: &OsString| name.len() < 40;
    seeds().into_iter().filter(|(name, _)| is_written(name)).map(|(_, seed)| seed).collect()
}

#[test]
fn whatever_the_fuzzer_keeps_is_read_the_same_however_it_is_cut() {
    let seeds = seeds();
    assert!(seeds.len() > 20, "{}", seeds.len());
    for seed in seeds.values() {
        fuzz_response(seed);
    }
}

#[tokio::test(start_paused = true)]
async fn changed_responses_are_read_as_hyper_reads_them_however_they_are_cut() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(9112);
    let seeds = written_seeds();
    let mut answered = 0;
    for attempt in 0..TRIES {
        let original = &seeds[attempt % seeds.len()];
        let mut data = original.clone();
        for _ in 0..random.random_range(0..4) {
            mutate(&mut data, &mut random);
        }
        let Some((asks, then, bytes)) = seed(&data) else { continue };
        let cuts = [random.random_range(0..=bytes.len()), random.random_range(0..=bytes.len())];
        let ours = Trial::however_cut(asks, bytes, then, cuts, &original[2..]);
        let hypers = hyper_reads(asks, bytes, then).await;
        let shown = String::from_utf8_lossy(bytes).into_owned();
        match (&ours, &hypers) {
            // The end comes behind a complete response; hyper has seen it already.
            (Trial::Answered { status, headers, body, .. }, Trial::Answered { .. })
                if then == Then::Ends =>
            {
                let Trial::Answered { status: s, headers: h, body: b, .. } = &hypers else {
                    continue;
                };
                assert_eq!((status, headers, body), (s, h, b), "{attempt}: {asks:?} {shown:?}");
            }
            _ => assert_eq!(ours, hypers, "{attempt}: {asks:?} {then:?} {shown:?}"),
        }
        answered += usize::from(matches!(ours, Trial::Answered { .. }));
    }
    assert!(answered > TRIES / 10, "{answered}: most changes must not spoil everything");
}
