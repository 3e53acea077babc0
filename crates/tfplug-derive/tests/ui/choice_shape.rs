use tfplug::Choice;

#[derive(Choice)]
struct Struct {
    a: String,
}

#[derive(Choice)]
enum Empty {}

#[derive(Choice)]
enum Generic<T> {
    A(T),
}

#[derive(Choice)]
#[choice("x")]
enum Data {
    A(String),
    B { b: String },
    C,
}

fn main() {}
