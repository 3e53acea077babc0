//! The page at `/` in a real browser: what it shows, that it refreshes itself, and that it is readable on a phone and in
//! the dark. Without a Chromium on the PATH the test is reported as ignored, with the reason.
//!
//! The test drives the browser by the DevTools protocol over two pipes: JSON messages that end with a zero byte.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and all of this is a test"
)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use std::{env, fs, thread};

use atlan_sim::{KeyKind, Options, Sim};
use libtest_mimic::{Arguments, Completion, Trial};
use serde_json::{Value, json};

/// Names under which systems install a Chromium, in the order of preference.
const BROWSERS: [&str; 6] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// Longest wait for one message of the browser.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let trial = Trial::ignorable_test("the_page_is_readable_and_refreshes_itself_in_a_browser", || {
        let Some(browser) = on_the_path(&BROWSERS) else {
            return Ok(Completion::ignored_with(format!("no browser on the PATH: {}", BROWSERS.join(", "))));
        };
        the_page_is_readable_and_refreshes_itself(&browser);
        Ok(Completion::Completed)
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn on_the_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

fn the_page_is_readable_and_refreshes_itself(browser: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = Options { key_kind: KeyKind::User, users: 40, groups: 3, ..Options::default() };
    let sim = runtime.block_on(Sim::start(options)).unwrap();
    let mut page = Page::open(browser, &sim.base_url());
    page.until("document.querySelector('#people').innerText.includes('admin@example.com')");

    // What happens while the page is open shows without a hand on it.
    sim.invite("a.person.with.a.rather.long.address.that.does.not.fit@subsidiary.example.com", "$guest")
        .unwrap();
    let hostile = "<script>document.title = 'taken'</script>";
    let body = json!({ "group": { "name": "hostile", "attributes": { "alias": [hostile] } } });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let create =
        http.post(format!("{}/api/service/groups", sim.base_url())).bearer_auth(sim.api_key()).json(&body);
    assert_eq!(runtime.block_on(create.send()).unwrap().status(), 200);
    page.until("document.querySelector('#people').innerText.includes('@subsidiary.example.com')");
    page.until(&format!("document.querySelector('#groups').innerText.includes({})", json!(hostile)));
    page.check("document.scripts.length", json!(0));
    page.check("document.title", json!("atlan-sim"));
    page.check("document.querySelector('#people tbody tr td:nth-child(3)').innerText", json!("pending"));

    for scheme in ["light", "dark"] {
        page.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
        page.check("matchMedia('(prefers-color-scheme: dark)').matches", json!(scheme == "dark"));
        page.check(FAINT, json!([]));
        for width in [1280, 360] {
            let screen =
                json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 500 });
            page.call("Emulation.setDeviceMetricsOverride", screen);
            page.check("innerWidth", json!(width));
            page.check("document.documentElement.scrollWidth <= innerWidth", json!(true));
            page.check("[...document.querySelectorAll('.wide')].filter(it => it.scrollWidth > it.clientWidth).length", json!(0));
        }
    }
    let paths: Vec<String> = sim.journal().iter().map(|entry| entry.path.clone()).collect();
    assert_eq!(paths, ["/api/service/groups"], "the browser asks for nothing but the page");
}

/// Texts whose contrast with what is behind them is less than 4.5, the least that WCAG 2 allows.
const FAINT: &str = r"(() => {
  const light = color => color.match(/[\d.]+/g).slice(0, 3).map(Number).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = it => {
    const color = getComputedStyle(it).backgroundColor;
    return color.endsWith(', 0)') ? behind(it.parentElement) : color;
  };
  const faint = [...document.body.querySelectorAll('*')].filter(it => {
    const [a, b] = [light(getComputedStyle(it).color), light(behind(it))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  });
  return [...new Set(faint.map(it => it.tagName + '.' + it.className))];
})()";

/// A browser with one open page. Closed on drop.
struct Page {
    browser: Child,
    profile: PathBuf,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    calls: u64,
    session: Option<String>,
}

impl Page {
    fn open(browser: &Path, url: &str) -> Self {
        let profile = env::temp_dir().join(format!("atlan-sim-browser-{}", std::process::id()));
        fs::create_dir(&profile).unwrap();
        // The browser reads from file 3 and writes to file 4, which a shell can provide.
        let mut browser = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#])
            .arg(browser)
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-first-run",
                "--disable-gpu",
                "--no-proxy-server",
            ])
            .arg("--no-sandbox") // which root has to do without; the page is our own
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stdin, mut stdout) = (browser.stdin.take().unwrap(), browser.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = stdout.read(&mut chunk) {
                read.extend_from_slice(&chunk[..count]);
                while let Some(end) = read.iter().position(|byte| *byte == 0) {
                    let message: Vec<u8> = read.drain(..=end).collect();
                    if sender.send(serde_json::from_slice(&message[..end]).unwrap()).is_err() {
                        return;
                    }
                }
            }
        });
        let mut page = Self { browser, profile, stdin, messages, calls: 0, session: None };
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let session = page.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        page.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        page.call("Page.enable", json!({}));
        page.call("Page.navigate", json!({ "url": url }));
        page.loaded();
        page
    }

    fn message(&self) -> Value {
        self.messages.recv_timeout(PATIENCE).unwrap()
    }

    /// Calls a method of the protocol and returns its result.
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.stdin.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.message();
            if answer["id"] == self.calls {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// Waits until the page has loaded once more.
    fn loaded(&self) {
        while self.message()["method"] != "Page.loadEventFired" {}
    }

    fn evaluate(&mut self, script: &str) -> Value {
        let result = self.call("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }));
        result["result"]["value"].clone()
    }

    fn check(&mut self, script: &str, expected: Value) {
        assert_eq!(self.evaluate(script), expected, "{script}");
    }

    /// Waits until a script is true, and looks again whenever the page has refreshed itself.
    fn until(&mut self, script: &str) {
        for _ in 0..10 {
            if self.evaluate(script) == true {
                return;
            }
            self.loaded();
        }
        let text = self.evaluate("document.body.innerText");
        panic!("{script} is not true after ten refreshes of\n{text}");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Killed at once, the browser would leave processes behind, which write into the folder for a moment.
        drop(self.stdin.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0"));
        while self.messages.recv_timeout(PATIENCE).is_ok() {}
        drop(self.browser.kill());
        drop(self.browser.wait());
        drop(fs::remove_dir_all(&self.profile));
    }
}
