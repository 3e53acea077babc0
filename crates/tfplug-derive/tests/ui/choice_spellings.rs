use tfplug::{Choice, Text};

#[derive(Choice)]
enum Role {
    #[choice("$admin", alias = "admin")]
    Admin,
    #[choice("admin")]
    Owner,
    #[choice(alias = "guest")]
    Member,
    Guest,
    #[choice("")]
    Nobody,
    #[choice(" padded", alias = "")]
    Padded,
    #[choice(rename = "x")]
    Renamed,
    #[choice("y", alais = "z")]
    Misspelled,
    #[choice(1)]
    Number,
}

fn main() {
    let _ = Role::parse("admin");
}
