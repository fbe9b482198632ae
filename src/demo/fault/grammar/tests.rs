use super::*;

fn read(text: &str) -> Fault {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<Fault>().unwrap_err().to_string()
}

#[test]
fn a_fault_reads_back_from_what_it_prints() {
    for text in [
        "GET /clients factor=3",
        "factor=1.5 add=20ms share=10% after=5 clear-after=500",
        "stall=500ms",
        "error-share=5%",
        "POST /counter/increment lost-update=5ms",
        "leak=65536B",
        "rate-limit=100/1s",
        "token-lifetime=0s",
        "GET /health cold-start=40ms requests=20",
        "cold-start=40ms for=5s",
        "capacity=8",
        "capacity=8 rises-every=10s",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn words_come_in_any_order_and_the_route_first() {
    let fault = read("POST   /api/v1/builds clear-after=10 add=5ms factor=2");
    let expected = Fault {
        clear_after: Some(10),
        ..Fault::new(Effect::Slow { factor: 2.0, add: Duration::from_millis(5) })
            .on(Route::CreateBuild)
    };
    assert_eq!(fault, expected);
}

#[test]
fn sizes_have_binary_units() {
    assert_eq!(read("leak=64KiB").effect, Effect::Leak(65_536));
    assert_eq!(read("leak=1MiB").effect, Effect::Leak(1_048_576));
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_way_out() {
    for (text, message) in [
        (
            "",
            "a fault needs a word that says what is wrong, such as `factor=3` or `error-share=5%`",
        ),
        (
            "GET /clients",
            "a fault needs a word that says what is wrong, such as `factor=3` or `error-share=5%`",
        ),
        ("GET /nowhere-at-all factor=3", "the sample service has no route `GET /nowhere-at-all`"),
        ("facter=3", "no fault has the word `facter`; did you mean `factor`?"),
        ("factor=0", "`factor` takes a number above 0 and up to 1000, not `0`"),
        ("factor=NaN", "`factor` takes a number above 0 and up to 1000, not `NaN`"),
        ("factor=2 factor=3", "`factor` is given twice"),
        ("factor=2 stall=1s", "`factor` and `stall` are two faults; give each by itself"),
        ("factor=2 requests=3", "`requests` goes with `cold-start` only"),
        ("factor=2 rises-every=3s", "`rises-every` goes with `capacity` only"),
        ("error-share=5% share=5%", "`share` goes with faults without a share of their own only"),
        ("add=61s", "`add` takes at most `60s`, not `61s`"),
        ("capacity=0", "`capacity` takes a whole number above 0, not `0`"),
        ("leak=2MiB", "`leak` takes a size such as `512B`, `64KiB` or at most `1MiB`, not `2MiB`"),
        ("rate-limit=5", "`rate-limit` takes requests and their window, such as `100/1s`, not `5`"),
        ("rate-limit=5/0s", "`rate-limit` takes a duration above 0, not `0s`"),
        (
            "cold-start=5ms",
            "`cold-start` needs either `requests=N` or `for=5s`, which say when the service is warm",
        ),
        (
            "GET /health token-lifetime=5s",
            "`token-lifetime` holds for all tokens; it takes no route and no other word",
        ),
        (
            "GET /health lost-update=5ms",
            "`lost-update` is a fault of `POST /counter/increment` alone",
        ),
        (
            "error-share=5",
            "`error-share`: `5` is not a share: write a percentage from `0%` to `100%`",
        ),
        (
            "add=5",
            "`add`: `5` is not a duration: write a number and a unit, such as `250ms`, `1.5s`, `2m` or `1h`",
        ),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
}
