//! Whatever a server sends, and however it is cut: no panic, and the same reading.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| perfbase::load::fuzz_response(data));
