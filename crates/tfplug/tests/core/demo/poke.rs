//! `demo_poke`: makes a thing do something.

use tfplug::schema::not_blank;
use tfplug::{Action, ActionCx, Args, Config, Diagnostics, Result};

use super::{Cloud, Demo};

/// Pokes a thing.
#[derive(Args)]
#[args(timeouts(invoke = "1m"))]
pub(crate) struct PokeArgs {
    /// Number of the thing.
    #[attr(check = not_blank())]
    pub id: String,
    /// How often.
    #[attr(default = 1)]
    pub times: i64,
}

pub(crate) struct Poke;

impl Action for Poke {
    const NAME: &'static str = "poke";
    type Provider = Demo;
    type Args = PokeArgs;

    fn validate(config: &Config<'_, PokeArgs>, _: &mut Diagnostics) {
        if config.get(PokeArgs::ID).known().is_some_and(|id| id == "panic") {
            panic!("no idea how to validate");
        }
    }

    fn plan(_: Option<&Cloud>, config: &Config<'_, PokeArgs>, diagnostics: &mut Diagnostics) {
        let patient = config.get(PokeArgs::ID).known().is_some_and(|id| id == "many");
        match config.get(PokeArgs::TIMES).known().filter(|_| !patient) {
            Some(13) => panic!("no idea how to plan"),
            Some(times) if times > 5 => diagnostics.error_at(PokeArgs::TIMES, "Too often", "It hurts."),
            Some(times) if times > 2 => diagnostics.warning_at(PokeArgs::TIMES, "Often", "It may hurt."),
            _ => {}
        }
    }

    async fn invoke(cx: &ActionCx<'_, Demo>, args: &PokeArgs) -> Result<()> {
        for time in 1..=args.times {
            cx.progress(format!("poke {} for the {time}. time", args.id)).await;
            if time == 2 {
                cx.client.step("poke", Some(cx)).await?;
            }
            cx.client.note(format!("poke {}", args.id));
        }
        Ok(())
    }
}
