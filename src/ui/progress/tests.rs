use std::io;
use std::sync::{Arc, Mutex};

use indicatif::TermLike;

use super::*;
use crate::model::{Block, Share, Unsound, Validity};

/// What a measurement of two rounds tells, the second invalid.
fn events() -> Vec<Event> {
    let seconds = Duration::from_secs;
    let round = |number, left| Event::Round {
        block: Block::First,
        number,
        of: 2,
        expected: seconds(6),
        left: seconds(left),
    };
    let snapshot = |elapsed, requests, p95: Option<u64>| Event::Snapshot {
        elapsed: seconds(elapsed),
        requests,
        failures: requests / 1_000,
        p95: p95.map(Duration::from_micros),
    };
    let done = |number, validity| Event::RoundDone { block: Block::First, number, validity };
    vec![
        Event::Waiting {
            request: "GET http://127.0.0.1:8000/health".into(),
            deadline: seconds(30),
        },
        Event::Ready { after: Duration::from_millis(230) },
        Event::WarmUp { expected: seconds(2) },
        snapshot(1, 120, None),
        round(1, 12),
        Event::Slice { endpoint: "GET /clients".parse().unwrap() },
        snapshot(1, 400, Some(12_310)),
        snapshot(5, 2_060, Some(12_280)),
        snapshot(6, 2_400, Some(12_300)),
        done(1, Validity::Valid),
        round(2, 6),
        snapshot(5, 2_000, Some(13_000)),
        done(2, Validity::Invalid(vec![Unsound::Busy(Share::new(0.93))])),
        Event::Stopping,
    ]
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn without_a_terminal_there_is_a_line_a_phase_and_one_every_few_seconds() {
    let kept = Kept::default();
    let mut progress = Progress::lines(Box::new(kept.clone()));
    for event in &events() {
        progress.observe(event);
    }
    progress.finish();
    let shown = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        shown,
        "\
waiting for GET http://127.0.0.1:8000/health, 30s at most
ready after 0.2 s
warm-up, 2s
round 1 of 2, 12s left
round 1 of 2 · 7s left · p95 12.28 ms · 2060 requests · 2 failed · GET /clients
round 2 of 2, 6s left
round 2 of 2 · 1s left · p95 13.00 ms · 2000 requests · 2 failed
round 2 does not count: generator threads 93% busy, over 85%
stopping: requests in flight are waited for, Ctrl-C again stops at once
"
    );
}

/// A terminal of 100 columns that keeps the line under the cursor and those above it.
#[derive(Debug, Clone, Default)]
struct Screen(Arc<Mutex<(Vec<String>, String)>>);

impl TermLike for Screen {
    fn width(&self) -> u16 {
        100
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        let mut screen = self.0.lock().unwrap();
        let line = format!("{}{text}", screen.1);
        screen.0.push(line.trim_end().to_owned());
        screen.1.clear();
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().1.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.lock().unwrap().1.clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn bar() -> (Progress, Screen) {
    let screen = Screen::default();
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
    (Progress::bar_on(target), screen)
}

#[test]
fn a_terminal_has_a_bar_with_time_left_and_p95() {
    let (mut progress, screen) = bar();
    events()[..8].iter().for_each(|event| progress.observe(event));
    let drawn = screen.0.lock().unwrap().1.clone();
    assert!(
        drawn.contains("round 1 of 2 · 7s left · p95 12.28 ms · 2060 requests · 2 failed"),
        "{drawn}"
    );
    assert!(drawn.starts_with('━'), "{drawn}");
}

#[test]
fn nothing_of_the_bar_is_left_whenever_it_ends() {
    for cut in 0..=events().len() {
        let (mut progress, screen) = bar();
        events()[..cut].iter().for_each(|event| progress.observe(event));
        drop(progress);
        let screen = screen.0.lock().unwrap();
        assert_eq!(screen.1, "", "after {cut} events");
        assert!(screen.0.iter().all(|line| !line.contains('━')), "after {cut} events");
    }
}

#[test]
fn silence_is_silent() {
    let mut progress = Progress::silent();
    for event in &events() {
        progress.observe(event);
    }
}
