//! What can go wrong with staff and their secrets.

use hatchery_sdk::prelude::*;

/// Facts that stop a login or a change.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdentityError {
    #[error("E-mail address or password are wrong.")]
    WrongCredentials,
    #[error("There is no such user.")]
    UnknownUser,
    #[error("'{email}' is no e-mail address.")]
    InvalidEmail { email: String },
    #[error("There is a user with the e-mail address '{email}' already.")]
    EmailTaken { email: String },
    #[error("There is no role '{role}'.")]
    UnknownRole { role: String },
    #[error("'{name}' is no role name; write lowercase letters, digits and dashes.")]
    InvalidRole { name: String },
    #[error("The role 'owner' always may do everything and cannot be changed.")]
    OwnerRole,
    #[error("A password has at least {min} characters.")]
    ShortPassword { min: u32 },
    #[error("This is the last owner who can sign in; make somebody else an owner first.")]
    LastOwner,
    #[error("Only members of staff have a password.")]
    NoUser,
    #[error("'{email}' is locked; unlock the user first.")]
    Locked { email: String },
    #[error(
        "This link is not good any more: it was used, has expired, or a newer one was made. Ask for a new one."
    )]
    UnknownInvitation,
}

impl From<IdentityError> for Error {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        let message = error.to_string();
        let field = |code: &'static str, field: &str| {
            Self::invalid(code, message.clone()).with_field(field, code, message.clone())
        };
        match &error {
            E::WrongCredentials => {
                Self::new(Kind::Unauthenticated, "identity.wrong_credentials", message)
            }
            E::UnknownUser => Self::not_found("identity.user_unknown", message),
            E::InvalidEmail { .. } => field("identity.email_invalid", "/email"),
            E::EmailTaken { .. } => Self::conflict("identity.email_taken", message.clone())
                .with_field("/email", "identity.email_taken", message),
            E::UnknownRole { .. } => field("identity.role_unknown", "/role"),
            E::InvalidRole { .. } => field("identity.role_invalid", "/name"),
            E::OwnerRole => Self::conflict("identity.owner_role", message),
            E::ShortPassword { .. } => field("identity.password_short", "/new_password"),
            E::LastOwner => Self::conflict("identity.last_owner", message),
            E::NoUser => Self::new(Kind::Denied, "identity.no_user", message),
            E::Locked { .. } => Self::conflict("identity.user_locked", message),
            E::UnknownInvitation => Self::not_found("identity.invitation_unknown", message),
        }
    }
}
