//! What a user sends, and what becomes of it on the way.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use http::header::AUTHORIZATION;

use super::super::cast::generator;
use super::super::dial::Dial;
use super::super::fake::{Act as Answer, Service};
use super::super::http1::Http1;
use super::super::ledger::Tally;
use super::super::origin::Origin;
use super::super::own_cookies::Cookies;
use super::super::script::Login;
use super::super::supply::Supplies;
use super::*;
use crate::model::{
    self, Body, Check, EndpointKind, Escape, Method, Operand, Part, Relation, Resolved, Sample,
    Save, Slot, Source, Subject, Template, Test, Value,
};

const MS: Duration = Duration::from_millis(1);

fn text(text: &str) -> Template {
    Template::constant(Resolved::plain(text))
}

/// A text of the user's only value.
fn value() -> Template {
    Template::new("{value}", vec![Part::Value(Slot(0), Escape::None)])
}

fn described(method: &str) -> model::Request {
    model::Request::plain(Method::new(method).unwrap(), text("/"))
}

fn made(origin: &Origin, described: &model::Request) -> Request {
    let (none, names) = (Supplies::new(&[]), ["value".to_owned()]);
    Request::new(origin, described, "it", &none, &names, Cookies::Joined).unwrap()
}

/// The script of one request by somebody.
fn script(address: SocketAddr, described: &model::Request) -> Script {
    let origin = Origin::parse(&format!("http://{address}")).unwrap();
    Script {
        acts: vec![Act::Request(made(&origin, described))],
        deletions: vec![None],
        personal: true,
        values: 1,
        origin: Some(origin),
        abroad: super::super::abroad::Abroad::nowhere(),
        ..Script::of(Vec::new(), 60 * Duration::from_secs(1))
    }
}

/// The outcomes of so many requests of one user, what was recorded of them, and the user.
async fn send<T: Transport>(
    transport: &T,
    script: &Script,
    between: impl AsyncFn(),
    times: usize,
) -> (Vec<Outcome>, Sample, User<T::Connection>) {
    let recorder = RefCell::new(Recorder::new([EndpointKind::Request].into(), None, None));
    let ledger = Ledger::new(Arc::new(Tally::new(1)));
    let user = User::new(0, script);
    let mut line = Line::new(transport, script, &recorder, &ledger, user);
    let mut random = generator(1, 0);
    let mut outcomes = Vec::new();
    for _ in 0..times {
        let now = Instant::now();
        let turn = Turn::at(now, 0, 0);
        match line.send(&turn, &mut random).await.unwrap() {
            Ended::Sent(_, outcome) => outcomes.push(outcome),
            Ended::Skipped(_) => panic!("nothing was sent"),
        }
        between().await;
    }
    let user = line.hang_up();
    (outcomes, recorder.into_inner().into_parts(Duration::ZERO).0.remove(0), user)
}

/// Answers each request as `answer` says of its first line, and notes those lines.
fn server(
    answer: impl Fn(&str) -> String + Send + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            while let Some(line) = request(&mut stream) {
                let answer = answer(&line);
                ears.lock().unwrap().push(line);
                if stream.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    (address, heard)
}

/// Reads one request and gives its first line.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    Some(head.lines().next().unwrap_or_default().to_owned())
}

fn answer(status: u16, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\n{more}content-length: {}\r\n\r\n{body}", body.len())
}

async fn nothing() {}

/// The time after which an identity may have expired has passed.
async fn later() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_user_keeps_no_memory_for_a_large_request_or_answer_until_the_next() {
    let large = "x".repeat(4 << 20);
    let body = large.clone();
    let (address, _) = server(move |_| answer(200, "", &body));
    let check = Check {
        written: "body contains x".to_owned(),
        test: Test::Compare(Subject::Body, Relation::Contains, Operand::Text(text("x"))),
    };
    let body = vec![Part::Text(Resolved::plain(&large)), Part::Value(Slot(0), Escape::None)];
    let described = model::Request {
        body: Some(Body::Text(Template::new("large", body))),
        checks: vec![check],
        ..described("POST")
    };
    let mut script = script(address, &described);
    script.given = vec![(Slot(0), Value::text("y"))];
    let (outcomes, _, user) = send(&Http1(Dial::plain(address)), &script, nothing, 1).await;
    assert_eq!(outcomes, [Outcome::Success]);
    let person = user.person.unwrap();
    assert!(person.reply.body.capacity() <= 64 << 10, "{}", person.reply.body.capacity());
    assert!(person.reply.headers.is_empty());
    let made = person.made.unwrap();
    assert_eq!((made.wire(), made.attached()), (&[][..], &[][..]));
}

/// What becomes of the last of two requests when its connection ends in place of an answer, which
/// takes 5 ms, and then the service does `then`.
async fn lost(method: &str, then: Answer) -> (Outcome, Sample) {
    let lost = Answer::Fail(5 * MS, Failure::Reset);
    let service = Service::new([Answer::Answer(10 * MS), lost], then);
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let script = script(nowhere, &described(method));
    let (outcomes, sample, _) = send(&service, &script, nothing, 2).await;
    assert_eq!(u64::from(service.connections()), sample.connections);
    (outcomes[1], sample)
}

#[tokio::test(start_paused = true)]
async fn a_request_that_can_be_sent_twice_is_when_a_kept_connection_ends() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let (outcome, sample) = lost(method, Answer::Answer(20 * MS)).await;
        assert_eq!((outcome, sample.connections), (Outcome::Success, 2), "{method}");
        assert_eq!((sample.outcomes.successes, sample.outcomes.repeated), (2, 1), "{method}");
        let near = |time: Duration| time.abs_diff(25 * MS) <= MS;
        assert!(near(sample.latency.max()) && near(sample.service_time.max()), "of both");
        assert!(sample.lag.max() <= MS, "it is the service that kept the user");
    }
    for method in ["POST", "PATCH"] {
        let (outcome, sample) = lost(method, Answer::Answer(20 * MS)).await;
        assert_eq!(outcome, Outcome::Failed(Failure::Reset), "{method}");
        assert_eq!((sample.connections, sample.outcomes.repeated), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_comes_later_than_any_that_crosses_a_request_is_a_failure() {
    for (after, outcome, repeated) in
        [(100, Outcome::Success, 1), (102, Outcome::Failed(Failure::Reset), 0)]
    {
        let lost = Answer::Fail(after * MS, Failure::Reset);
        let service = Service::new([Answer::Answer(MS), lost], Answer::Answer(MS));
        let script = script(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), &described("GET"));
        let (outcomes, sample, _) = send(&service, &script, nothing, 2).await;
        assert_eq!((outcomes[1], sample.outcomes.repeated), (outcome, repeated), "{after} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_twice_at_most_and_over_a_kept_connection_only() {
    let failing = Answer::Fail(MS, Failure::Reset);
    let (outcome, sample) = lost("GET", failing).await;
    assert_eq!((outcome, sample.connections), (Outcome::Failed(Failure::Reset), 2));
    assert_eq!(sample.outcomes.repeated, 0, "what fails is a failure and nothing else");
    let service = Service::new([], failing);
    let script = script(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), &described("GET"));
    let (outcomes, ..) = send(&service, &script, nothing, 1).await;
    assert_eq!((outcomes[0], service.connections()), (Outcome::Failed(Failure::Reset), 1));
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_deletion_that_finds_nothing_the_second_time_is_unknown() {
    let (outcome, _) = lost("DELETE", Answer::Status(MS, 404)).await;
    assert_eq!(outcome, Outcome::Failed(Failure::Reset));
    let (outcome, _) = lost("GET", Answer::Status(MS, 404)).await;
    assert_eq!(outcome, Outcome::Failed(Failure::Status4xx));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_may_find_nothing_is_a_success_when_it_does_the_second_time() {
    let range = |first, last| model::StatusRange { first, last };
    let plain = || described("DELETE");
    let expecting = model::Expect::statuses(vec![range(204, 204), range(404, 404)]);
    for (described, outcome) in [
        (model::Request { expect: expecting, ..plain() }, Outcome::Success),
        (model::Request { allow: vec![range(404, 410)], ..plain() }, Outcome::Allowed(404)),
    ] {
        let lost = [Answer::Status(MS, 204), Answer::Fail(MS, Failure::Reset)];
        let service = Service::new(lost, Answer::Status(MS, 404));
        let script = script(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), &described);
        let (outcomes, sample, _) = send(&service, &script, nothing, 2).await;
        assert_eq!((outcomes[1], sample.outcomes.repeated), (outcome, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_change_that_is_answered_otherwise_than_expected_the_second_time_is_unknown()
 {
    let created = model::Request {
        expect: model::Expect::statuses(vec![model::StatusRange { first: 201, last: 201 }]),
        ..described("PUT")
    };
    for status in [200, 204, 409, 412, 429, 500] {
        let lost = [Answer::Status(MS, 201), Answer::Fail(MS, Failure::Reset)];
        let service = Service::new(lost, Answer::Status(MS, status));
        let script = script(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), &created);
        let (outcomes, sample, _) = send(&service, &script, nothing, 3).await;
        assert_eq!(outcomes[..2], [Outcome::Success, Outcome::Failed(Failure::Reset)], "{status}");
        assert_ne!(outcomes[2], outcomes[1], "{status}: nothing was lost");
        assert_eq!((sample.outcomes.repeated, sample.outcomes.fate_unknown()), (0, 1));
    }
}

#[tokio::test]
async fn what_became_of_a_change_that_leads_to_a_failure_is_unknown() {
    for (method, leads) in [("POST", Failure::Redirect), ("GET", Failure::Connect)] {
        let (address, _) = server(|_| answer(303, "location: http://127.0.0.1:1/\r\n", ""));
        let described = model::Request { redirects: 1, ..described(method) };
        let script = script(address, &described);
        let (outcomes, ..) = send(&Http1(Dial::plain(address)), &script, later, 2).await;
        assert_eq!(outcomes, [Outcome::Failed(leads); 2], "{method}");
    }
    for (method, leads) in [("POST", Failure::Redirect), ("GET", Failure::Status4xx)] {
        let (address, _) = server(|line| {
            let is_first = line.ends_with(" / HTTP/1.1");
            if is_first { answer(303, "location: /made\r\n", "") } else { answer(404, "", "") }
        });
        let described = model::Request { redirects: 1, ..described(method) };
        let script = script(address, &described);
        let (outcomes, ..) = send(&Http1(Dial::plain(address)), &script, later, 1).await;
        assert_eq!(outcomes, [Outcome::Failed(leads)], "{method}");
    }
}

/// Gives users a token that they send from then on.
fn with_login(mut script: Script) -> Script {
    let from = Source::Json("/token".to_owned());
    let login = model::Request { saves: vec![Save { slot: Slot(0), from }], ..described("POST") };
    script.login = Some(Login {
        request: made(script.origin.as_ref().unwrap(), &login),
        headers: vec![(AUTHORIZATION, value())],
        slots: vec![Slot(0)],
        renew: None,
    });
    script
}

/// A service that sends everybody who asks for something to another host, which answers with
/// `status`; what the service heard.
async fn sent_abroad(
    status: u16,
    saves: Vec<Save>,
) -> (Vec<Outcome>, Sample, Option<Value>, Vec<String>) {
    let (other, _) = server(move |_| answer(status, "", "{\"token\": \"stolen\"}"));
    let (address, heard) = server(move |line| match line {
        "POST / HTTP/1.1" => answer(200, "", "{\"token\": \"own\"}"),
        _ => answer(302, &format!("location: http://{other}/\r\n"), ""),
    });
    let described = model::Request { redirects: 1, saves, ..described("GET") };
    let script = with_login(script(address, &described));
    let (outcomes, sample, user) = send(&Http1(Dial::plain(address)), &script, later, 2).await;
    let token = user.person.unwrap().values.get(Slot(0)).cloned();
    let heard = heard.lock().unwrap().clone();
    (outcomes, sample, token, heard)
}

#[tokio::test]
async fn another_host_that_refuses_a_user_does_not_make_it_log_in_again() {
    let (outcomes, _, _, heard) = sent_abroad(401, Vec::new()).await;
    assert_eq!(outcomes, [Outcome::Failed(Failure::Status4xx); 2]);
    assert_eq!(heard, ["POST / HTTP/1.1", "GET / HTTP/1.1", "GET / HTTP/1.1"]);
}

#[tokio::test]
async fn another_host_does_not_say_who_a_user_is() {
    let save = Save { slot: Slot(0), from: Source::Json("/token".to_owned()) };
    let (outcomes, sample, token, _) = sent_abroad(200, vec![save]).await;
    assert_eq!(outcomes, [Outcome::Failed(Failure::Check); 2]);
    assert_eq!(token, Some(Value::text("own")));
    let failed = &sample.outcomes.checks["[login] headers"];
    assert_eq!(failed.first, "another host does not say who a user is");
}

#[tokio::test]
async fn connections_to_another_host_are_counted() {
    let (outcomes, sample, ..) = sent_abroad(200, Vec::new()).await;
    assert_eq!(outcomes, [Outcome::Success; 2]);
    // One to the service, not by the login's, and one to the other host for each request.
    assert_eq!(sample.connections, 2);
}
