//! A root folder with nothing in it but Terraform and the provider, as in the smallest image of a pipeline: no C library,
//! no certificates, no source of randomness but the system call.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Output, Terraform, tenant};

use super::{GROUP, VARIABLE, mirror, release, zip};

#[test]
fn in_an_image_without_a_c_library_the_provider_works() {
    if release().is_none() {
        return not_run(&format!("{VARIABLE} names no release, and only that is linked statically"));
    }
    let image = match Image::new(&Terraform::on_path()) {
        Ok(image) => image,
        Err(reason) => return not_run(&reason),
    };
    let sim = tenant();
    let base_url = sim.base_url().replace("127.0.0.1", "localhost"); // a name of /etc/hosts
    let api_key = sim.api_key();
    let settings = [("ATLAN_BASE_URL", base_url.as_str()), ("ATLAN_API_KEY", &api_key)];
    image.terraform(&settings, &["init", "-input=false"]).ok();
    image.terraform(&settings, &["apply", "-auto-approve", "-input=false"]).ok();
    assert_eq!(sim.groups().len(), 1);
    image.terraform(&settings, &["plan", "-input=false", "-detailed-exitcode"]).ok();

    // The names of a network's DNS cannot be looked up here. That the provider tries means that it has certificates.
    let settings = [("ATLAN_BASE_URL", "https://tenant.example.com"), ("ATLAN_API_KEY", &api_key)];
    let said = image.terraform(&settings, &["plan", "-input=false"]).fails();
    said.says(&["the host tenant.example.com was not found"]);
}

/// Says so even if the output of tests that pass is not shown.
fn not_run(reason: &str) {
    let line = format!("the test of the bare image was not run: {reason}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// A root folder, deleted on drop.
struct Image {
    root: PathBuf,
    /// What `unshare` needs to give the folder mounts of its own.
    unshare: &'static [&'static str],
}

impl Image {
    /// The folder, or the reason why this machine cannot make it.
    fn new(terraform: &Terraform) -> Result<Self, String> {
        let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
        let works = |way: &&&[&str]| {
            let status = Command::new("unshare").args(**way).arg("true").stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let unshare = ways.iter().find(works).ok_or("neither root nor a user namespace may mount here")?;
        let root = std::env::temp_dir().join(format!("image-{}", std::process::id()));
        let image = Self { root, unshare };
        for folder in ["dev", "etc", "tmp", "work"] {
            fs::create_dir_all(image.root.join(folder)).unwrap();
        }
        let file = |name: &str, text: &str| fs::write(image.root.join(name), text).unwrap();
        file("dev/null", "");
        file("etc/hosts", "127.0.0.1 localhost\n");
        // Sources whose libraries are missing here, before those that are part of the binary.
        file("etc/nsswitch.conf", "hosts: mymachines mdns4_minimal [NOTFOUND=return] resolve files dns\n");
        file("terraform.rc", "provider_installation {\n  filesystem_mirror { path = \"/mirror\" }\n}\n");
        let required =
            "terraform {\n  required_providers {\n    atlan = { source = \"atlanhq/atlan\" }\n  }\n}\n";
        file("work/main.tf", &format!("{required}{GROUP}\n"));
        mirror(&image.root, &zip());
        let program = image.root.join("terraform");
        fs::copy(terraform.executable(), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let version = image.terraform(&[], &["version"]);
        if version.status == Some(0) {
            Ok(image)
        } else {
            Err(format!("this Terraform is not linked statically: {version}"))
        }
    }

    /// Runs Terraform in the folder as its root.
    fn terraform(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
        let script =
            r#"mount --bind /dev/null "$0/dev/null" && exec chroot "$0" /terraform -chdir=/work "$@""#;
        let output = Command::new("unshare")
            .args(self.unshare)
            .args(["sh", "-c", script])
            .arg(&self.root)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/tmp")
            .env("TF_CLI_CONFIG_FILE", "/terraform.rc")
            .env("TF_CLI_ARGS", "-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output {
            command: arguments.join(" "),
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root); // at worst it stays among the temporary files
    }
}
