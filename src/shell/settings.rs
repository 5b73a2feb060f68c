//! The settings of a training run as flags.

use crate::study::run::Settings;
use crate::study::run::settings::{
    BlockIterations, FirstBlock, Loss, OutputActivation, PathModel, ScheduleRule, for_settings,
};
use clap::Args;
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::PixelScale;
use pathscope_core::model::ablation::Ablation;
use std::path::PathBuf;

macro_rules! declare {
    ($($heading:literal {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr $(, $shown:literal)?;)+
    })+) => {
        /// The settings of a training run as optional flags.
        #[derive(Clone, Debug, Default, Args)]
        pub struct SettingsArgs {
            $($(
                #[arg(
                    long,
                    help = format!("{} [default: {}]", concat!($($doc),+).trim_start(), shown!($default $(, $shown)?)),
                    help_heading = $heading
                )]
                $name: Option<$type>,
            )+)+
        }

        impl SettingsArgs {
            /// Overwrites the settings that are given as flags.
            pub fn apply(&self, settings: &mut Settings) {
                $($(if let Some(value) = &self.$name {
                    settings.$name = value.clone();
                })+)+
            }
        }
    };
}

macro_rules! shown {
    ($default:expr) => {
        $default
    };
    ($default:expr, $shown:literal) => {
        $shown
    };
}

for_settings!(declare);

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        settings: SettingsArgs,
    }

    #[test]
    fn flags_overwrite() {
        let mut settings = Settings::default();
        let given = ["train", "--channels", "3", "--block-iterations", "3,5"];
        Command::parse_from(given).settings.apply(&mut settings);
        let block_iterations = BlockIterations(vec![3, 5]);
        assert_eq!(settings, Settings { channels: 3, block_iterations, ..Settings::default() });
    }

    #[test]
    fn help_shows_the_defaults() {
        let help = <Command as clap::CommandFactory>::command().render_long_help().to_string();
        for default in ["none", "0", "0.5", "2-avg", "T for all", "5e-6", "0.001", "40000"] {
            assert!(help.contains(&format!("[default: {default}]")), "{default}: {help}");
        }
    }
}
