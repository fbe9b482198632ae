use super::*;

/// A stream whose content can be read afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that fails in one way.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

fn printer(volume: Volume, colours: ColorChoice) -> (Printer, Kept, Kept) {
    let (stdout, stderr) = (Kept::default(), Kept::default());
    let printer = Printer::of(Box::new(stdout.clone()), Box::new(stderr.clone()), volume, colours);
    (printer, stdout, stderr)
}

#[test]
fn reports_go_to_stdout_and_messages_to_stderr() {
    let (mut printer, stdout, stderr) = printer(Volume::Normal, ColorChoice::Never);
    printer.document("table\n").unwrap();
    printer.note("run 43 is stored");
    printer.warning("the baseline is old");
    printer.error("no baseline for `light`", &["run `perfbase record` first"]);
    assert_eq!(stdout.text(), "table\n");
    assert_eq!(
        stderr.text(),
        "run 43 is stored\nwarning: the baseline is old\nerror: no baseline for `light`\n\
         hint: run `perfbase record` first\n"
    );
}

#[test]
fn quiet_keeps_reports_and_errors_only() {
    let (mut printer, stdout, stderr) = printer(Volume::Quiet, ColorChoice::Never);
    printer.note("no");
    printer.warning("no");
    printer.document("table\n").unwrap();
    printer.error("yes", &["yes"]);
    assert_eq!(
        (stdout.text(), stderr.text()),
        ("table\n".into(), "error: yes\nhint: yes\n".into())
    );
}

#[test]
fn colours_are_dropped_where_they_do_not_belong() {
    let (mut plain, stdout, _) = printer(Volume::Normal, ColorChoice::Never);
    plain.document("\u{1b}[31mred\u{1b}[0m\n").unwrap();
    assert_eq!(stdout.text(), "red\n");
    let (mut coloured, stdout, stderr) = printer(Volume::Normal, ColorChoice::AlwaysAnsi);
    coloured.document("\u{1b}[31mred\u{1b}[0m\n").unwrap();
    coloured.warning("w");
    assert_eq!(stdout.text(), "\u{1b}[31mred\u{1b}[0m\n");
    assert!(stderr.text().starts_with("\u{1b}["));
}

#[test]
fn a_message_keeps_its_lines_and_nothing_else_that_moves_the_cursor() {
    let (mut printer, _, stderr) = printer(Volume::Normal, ColorChoice::AlwaysAnsi);
    printer.note("a\n\u{1b}[2Jb\rc");
    assert_eq!(stderr.text(), "a\n\\u{1b}[2Jb\\u{d}c\n");
}

#[test]
fn a_reader_that_has_gone_is_no_error_and_a_full_disk_is() {
    let to = |kind| {
        let stdout = Box::new(Failing(kind));
        Printer::of(stdout, Box::new(io::sink()), Volume::Normal, ColorChoice::Never)
    };
    assert!(to(io::ErrorKind::BrokenPipe).document("x").is_ok());
    assert!(to(io::ErrorKind::StorageFull).document("x").is_err());
}

#[test]
fn a_message_without_a_stderr_is_lost_without_harm() {
    let stderr = Box::new(Failing(io::ErrorKind::BrokenPipe));
    let mut printer = Printer::of(Box::new(io::sink()), stderr, Volume::Normal, ColorChoice::Never);
    printer.error("x", &[]);
    printer.laid_out("x");
}

#[test]
fn a_table_is_as_wide_as_asked_without_a_terminal() {
    let (mut printer, ..) = printer(Volume::Normal, ColorChoice::Never);
    assert_eq!(printer.width(100), 100);
    printer.columns = Some(80);
    assert_eq!(printer.width(100), 80);
}
