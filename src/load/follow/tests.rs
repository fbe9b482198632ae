use std::time::Duration;

use http::header::LOCATION;

use super::*;
use crate::load::origin::Origin;
use crate::model::Receipt;

const MS: Duration = Duration::from_millis(1);

/// A service whose answers take their time: each to its first byte, and then to its last.
struct Scripted {
    headers: HeaderMap,
    begin: Instant,
    /// When the next request is sent, after the begin.
    at: Duration,
    answers: Vec<(Duration, Duration, Result<u16, Failure>)>,
}

impl Scripted {
    fn next(&mut self) -> Exchange {
        let (wait, body, answer) = self.answers.remove(0);
        let sent = self.begin + self.at;
        self.at += wait + body;
        let end = self.begin + self.at;
        let first_byte = answer.is_ok().then_some(sent + wait);
        Exchange { sent, first_byte, bytes: 1, ..Exchange::ended(end, answer) }
    }
}

impl Courier for Scripted {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    async fn home(&mut self, _message: &Message) -> Exchange {
        self.next()
    }

    async fn abroad(&mut self, _host: &Host, _message: &Message) -> Exchange {
        unreachable!("no redirect leads there")
    }
}

/// What comes of a request that is redirected as often as its answers say.
async fn redirected(answers: &[(u32, u32, Result<u16, Failure>)]) -> Exchange {
    let answers = answers.iter().map(|&(wait, body, answer)| (MS * wait, MS * body, answer));
    let headers = HeaderMap::from_iter([(LOCATION, http::HeaderValue::from_static("/next"))]);
    let (begin, at) = (Instant::now(), Duration::ZERO);
    let mut service = Scripted { headers, begin, at, answers: answers.collect() };
    let origin = Origin::parse("http://localhost/");
    let script = Script { origin, ..Script::of(Vec::new(), MS) };
    let mut request = Request::null();
    request.redirects = 5;
    let first = service.next();
    follow(&mut service, &script, &request, &Message::null(), first).await
}

#[tokio::test]
async fn a_chain_waits_for_the_first_byte_of_its_last_answer() {
    let chain = [(10, 1, Ok(302)), (20, 2, Ok(307)), (30, 3, Ok(200))];
    let whole = redirected(&chain).await;
    assert_eq!((whole.answer, whole.bytes, whole.end - whole.sent), (Ok(200), 3, 66 * MS));
    assert_eq!(whole.receipt(), Receipt::InParts { wait: 63 * MS, body: 3 * MS });
    let at_once = redirected(&[(10, 1, Ok(302)), (20, 0, Ok(200))]).await;
    assert_eq!((at_once.receipt(), at_once.end - at_once.sent), (Receipt::AtOnce, 31 * MS));
}

#[tokio::test]
async fn a_chain_that_breaks_has_no_first_byte() {
    let broken = redirected(&[(10, 1, Ok(302)), (20, 2, Err(Failure::Reset))]).await;
    assert_eq!((broken.answer, broken.receipt()), (Err(Failure::Reset), Receipt::Unseen));
}
