//! Settings of signing in.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Passwords and failed logins.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentitySettings {
    /// Shortest password in characters. Default 10.
    pub(crate) min_password_length: u32,
    /// Failed logins of one account within the window, after which it has to wait. Default 10.
    pub(crate) max_failures_per_account: u32,
    /// Failed logins from one address within the window, after which it has to wait. Default 50.
    pub(crate) max_failures_per_address: u32,
    /// Length of the window in seconds. Default 900.
    pub(crate) failure_window_seconds: u32,
    /// Days for which a one-time link is good, at most 365. Default 7.
    pub(crate) invitation_days: u32,
}

impl IdentitySettings {
    /// How long a one-time link is good.
    pub(crate) fn invitation_lasts(&self) -> TimeDelta {
        TimeDelta::days(self.invitation_days.into())
    }

    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.min_password_length < 8 {
            return Err("min_password_length: at least 8".into());
        }
        let limits = [
            self.max_failures_per_account,
            self.max_failures_per_address,
            self.failure_window_seconds,
        ];
        if limits.contains(&0) {
            return Err("the limits and the window must be at least 1".into());
        }
        if !(1..=365).contains(&self.invitation_days) {
            return Err("invitation_days: 1 to 365".into());
        }
        Ok(())
    }
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            min_password_length: 10,
            max_failures_per_account: 10,
            max_failures_per_address: 50,
            failure_window_seconds: 900,
            invitation_days: 7,
        }
    }
}
