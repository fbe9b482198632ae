//! What `${NAME}` stands for goes to the service and nowhere else: no output, file or database.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::project::{BRIEF, Finished, Project};
use super::server::{answering, head, quick, server};
use super::shelf::answer;

/// In no output, file or database.
const CANARY: &str = "canary7f3a9c";

/// Everything of a project, and everything its commands said, without the secret.
struct Searched {
    project: Project,
    outputs: Vec<Finished>,
}

impl Searched {
    fn new(configuration: &str) -> Self {
        let project = Project::with(configuration)
            .variable("SECRET", CANARY)
            .variable("SECRET_HOST", &format!("{CANARY}.invalid"))
            .variable("SECRET_LINE", &format!("{CANARY}\nmore"))
            .variable("SECRET_URL", &format!("http://user:{CANARY}@127.0.0.1:1"))
            .variable("SECRET_PATH", &format!("{CANARY} {{}}"));
        Self { project, outputs: Vec::new() }
    }

    /// Runs the verb in every format.
    fn run(&mut self, arguments: &[&str]) -> &mut Self {
        for format in ["table", "json", "markdown"] {
            let arguments = [arguments, &["--format", format, "-v"]].concat();
            self.outputs.push(self.project.run(&arguments));
        }
        self
    }

    /// Every verb that measures, each in another format, and then what is stored of it.
    fn run_all(&mut self) {
        self.run(&["check"]);
        for verb in [
            &["run", "--format", "json"][..],
            &["record"],
            &["record", "--accept-anyway", "a test", "--format", "markdown"],
            &["compare", "--strict", "-v"],
        ] {
            self.outputs.push(self.project.run(&[verb, &BRIEF[..]].concat()));
        }
        self.run(&["compare", "last"]).run(&["history"]).run(&["show", "last"]);
    }

    #[track_caller]
    fn holds_no_secret(&self) {
        assert!(!self.outputs.is_empty());
        for output in &self.outputs {
            let shown = output.to_string();
            assert!(!shown.contains(CANARY), "{shown}");
        }
        for (path, bytes) in self.project.files() {
            let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

/// A secret wherever one can stand, in requests to `url`.
fn everywhere(url: &str) -> String {
    format!(
        r#"
[service]
url = "{url}"
timeout = "500ms"
headers = {{ authorization = "Bearer ${{SECRET}}" }}
[endpoints."GET /health"]
path = "/health?key=${{SECRET}}"
headers = {{ x-key = "${{SECRET}}" }}
[endpoints."POST /counter/increment"]
json = {{ token = "${{SECRET}}", deep = [{{ token = "a ${{SECRET}} b" }}] }}
[data]
key = ["${{SECRET}}", "a ${{SECRET}}"]
[endpoints."POST /snapshot"]
headers = {{ x-data = "{{key}}" }}
form = {{ token = "${{SECRET}}", key = "{{key}}" }}
expect = ["2xx", "4xx"]
[endpoints."PUT /clients"]
text = "${{SECRET}}"
expect = ["2xx", "4xx"]
"#
    )
}

#[test]
fn a_secret_reaches_the_service() {
    let heard = Arc::new(Mutex::new(String::new()));
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            ears.lock().unwrap().push_str(&request);
            if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    });
    let configuration = everywhere(&format!("http://{address}"));
    let project = Project::with(&configuration).variable("SECRET", CANARY);
    project.run(&[&["run"], &BRIEF[..]].concat()).measured();
    let heard = heard.lock().unwrap();
    assert!(heard.contains(&format!("GET /health?key={CANARY} ")), "{heard}");
    assert!(heard.contains(&format!("Bearer {CANARY}")), "{heard}");
}

#[test]
fn a_secret_stays_out_of_everything_that_is_kept_of_a_measurement() {
    let service = quick();
    let mut searched = Searched::new(&everywhere(&service.url()));
    searched.run_all();
    assert!(searched.outputs.iter().any(|output| output.stdout.contains("GET /health")));
    searched.holds_no_secret();
}

#[test]
fn a_secret_stays_out_of_what_is_kept_of_a_service_that_sends_it_back() {
    let status = format!(
        "HTTP/1.1 500 {CANARY}\r\nx-{CANARY}: {CANARY}\r\ncontent-length: 12\r\n\r\n{CANARY}"
    );
    for answer in [status, format!("{CANARY}\r\n\r\n")] {
        let address = answering(answer);
        let mut searched = Searched::new(&everywhere(&format!("http://{address}")));
        searched.run_all();
        searched.holds_no_secret();
    }
}

/// A service that sends back how it was authorized.
fn echoing() -> SocketAddr {
    server(|mut stream| {
        while let Some(request) = head(&mut stream) {
            let line = request.lines().find(|line| line.starts_with("authorization:"));
            let sent =
                line.and_then(|line| line.split_once(": ")).map_or("", |(_, sent)| sent.trim());
            let body = format!("{{\"sent\": \"{sent}\", \"state\": \"idle\"}}");
            if stream.write_all(answer("200 OK", &body).as_bytes()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn a_secret_stays_out_of_what_an_invariant_finds_where_it_is_sent_back() {
    let address = echoing();
    for (holds, code, says) in [
        ("/sent == \"x\"", 1, "another text and \"x\""),
        ("/sent == before(/sent)", 0, "a text and the same text"),
        ("before(/sent) + 1 == 2", 3, "before(/sent) is a text, which is no number"),
        ("/sent == \"Bearer ${SECRET}\"", 0, "\"Bearer ${SECRET}\" and \"Bearer ${SECRET}\""),
        ("/sent != \"Bearer ${SECRET}\"", 1, "\"Bearer ${SECRET}\" and \"Bearer ${SECRET}\""),
        ("\"Bearer ${SECRET_PATH}\" == /sent", 1, "\"Bearer ${SECRET_PATH}\" and another text"),
        ("/state == \"$${SECRET}\"", 1, "another text and \"$${SECRET}\""),
        ("/sent < \"x\"", 3, "another text cannot be compared with \"x\""),
        ("/sent == true", 3, "a text cannot be compared with true"),
        ("/state == \"idle\"", 0, "/state is \"idle\""),
        ("/state == \"busy\"", 1, "/state is a text"),
    ] {
        let mut searched = Searched::new(&format!(
            "[service]\nurl = \"http://{address}\"\n\
             headers = {{ authorization = \"Bearer ${{SECRET}}\" }}\n[endpoints.\"GET /a\"]\n\
             [invariants.sent]\nrequest = \"GET /a\"\nholds = '{holds}'\n\
             [scenarios.right]\nkind = \"correctness\"\nusers = 1\nrequests = 1\n"
        ));
        searched.run(&["run", "--scenario", "right"]).run(&["show", "last"]);
        let json = &searched.outputs[1];
        assert_eq!(json.code, Some(code), "{holds}\n{json}");
        assert!(json.stdout.contains(&says.replace('"', "\\\"")), "{holds}\n{json}");
        searched.holds_no_secret();
    }
}

#[test]
fn a_secret_stays_out_of_errors_about_an_address_that_cannot_be_reached() {
    for url in ["http://${SECRET_HOST}", "https://${SECRET_HOST}", "http://127.0.0.1:1/${SECRET}"] {
        let configuration = format!("[service]\nurl = \"{url}\"\n[endpoints.\"GET /a\"]\n");
        let mut searched = Searched::new(&configuration);
        searched.run(&["check"]).run(&["run"]);
        searched.holds_no_secret();
        let ready = configuration.replace(
            "[endpoints",
            "ready = \"GET /${SECRET}\"\nready_timeout = \"200ms\"\n[endpoints",
        );
        let mut searched = Searched::new(&ready);
        searched.run(&["check"]).run(&["run"]);
        searched.holds_no_secret();
    }
}

#[test]
fn an_address_that_is_found_and_refuses_is_not_told_either() {
    const ADDRESS: &str = "127.83.61.7";
    for url in ["http://${HOST}:1", "https://${HOST}:1"] {
        let configuration = format!("[service]\nurl = \"{url}\"\n[endpoints.\"GET /a\"]\n");
        let project = Project::with(&configuration).variable("HOST", ADDRESS);
        let run = project.run(&["run"]).exits(4);
        run.says(url).never_says(ADDRESS);
    }
}

#[test]
fn a_secret_stays_out_of_errors_about_its_own_form() {
    let service = quick();
    for (from, to) in [
        ("\"Bearer ${SECRET}\"", "\"${SECRET_LINE}\""),
        ("\"/health?key=${SECRET}\"", "\"/${SECRET_PATH}\""),
        ("\"/health?key=${SECRET}\"", "\"${SECRET}\""),
        ("x-key", "content-length"),
        ("timeout = \"500ms\"", "timeout = \"${SECRET}\""),
    ] {
        let configuration = everywhere(&service.url());
        assert!(configuration.contains(from), "{from}");
        let mut searched = Searched::new(&configuration.replacen(from, to, 1));
        searched.run(&["check"]).run(&[&["run"], &BRIEF[..]].concat());
        searched.holds_no_secret();
    }
    for url in ["${SECRET_URL}", "${SECRET}", "http://${SECRET_LINE}", "http://127.0.0.1:${SECRET}"]
    {
        let mut searched = Searched::new(&everywhere(url));
        searched.run(&["check"]).run(&["run"]);
        searched.holds_no_secret();
        assert!(searched.outputs.iter().all(|output| output.code == Some(2)), "{url}");
    }
}
