//! What failed, as a code that says what may help and a sentence.

use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError, MetadataError,
    NewSessionError, PrepareError, RequestAttemptError,
};

/// As cql_abi.h has them.
#[derive(Clone, Copy, PartialEq)]
pub enum Code {
    Ok = 0,
    Invalid = 1,
    Unavailable = 2,
    Denied = 3,
    Internal = 4,
}

pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }
}

fn of_db(error: &DbError, message: &str) -> Failure {
    let code = match error {
        DbError::AuthenticationError | DbError::Unauthorized => Code::Denied,
        DbError::SyntaxError | DbError::Invalid | DbError::ConfigError | DbError::AlreadyExists { .. } => Code::Invalid,
        DbError::FunctionFailure { .. } => Code::Invalid,
        _ => Code::Unavailable,
    };
    if message.is_empty() {
        return Failure::new(code, error.to_string());
    }
    Failure::new(code, message)
}

fn of_connection(error: &ConnectionError) -> Failure {
    if let ConnectionError::ConnectionSetupRequestError(setup) = error {
        match setup.get_error() {
            ConnectionSetupRequestErrorKind::DbError(db, message) => return of_db(db, message),
            ConnectionSetupRequestErrorKind::MissingAuthentication => {
                return Failure::new(Code::Denied, "it asks for a user and a password, and none are given");
            }
            _ => {}
        }
    }
    Failure::new(Code::Unavailable, error.to_string())
}

fn of_pool(error: &ConnectionPoolError) -> Failure {
    match error {
        ConnectionPoolError::Broken { last_connection_error } => of_connection(last_connection_error),
        other => Failure::new(Code::Unavailable, other.to_string()),
    }
}

fn of_attempt(error: &RequestAttemptError) -> Failure {
    match error {
        RequestAttemptError::DbError(db, message) => of_db(db, message),
        RequestAttemptError::SerializationError(_) | RequestAttemptError::CqlRequestSerialization(_) => {
            Failure::new(Code::Invalid, error.to_string())
        }
        RequestAttemptError::CqlResultParseError(_) | RequestAttemptError::CqlErrorParseError(_) => {
            Failure::new(Code::Internal, error.to_string())
        }
        other => Failure::new(Code::Unavailable, other.to_string()),
    }
}

fn of_metadata(error: &MetadataError) -> Failure {
    match error {
        MetadataError::ConnectionPoolError(pool) => of_pool(pool),
        other => Failure::new(Code::Unavailable, other.to_string()),
    }
}

impl From<NewSessionError> for Failure {
    fn from(error: NewSessionError) -> Failure {
        match &error {
            NewSessionError::MetadataError(metadata) => of_metadata(metadata),
            NewSessionError::EmptyKnownNodesList | NewSessionError::IllegalConfig(_) => {
                Failure::new(Code::Invalid, error.to_string())
            }
            other => Failure::new(Code::Unavailable, other.to_string()),
        }
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Failure {
        match &error {
            PrepareError::ConnectionPoolError(pool) => of_pool(pool),
            PrepareError::AllAttemptsFailed { first_attempt } => of_attempt(first_attempt),
            other => Failure::new(Code::Internal, other.to_string()),
        }
    }
}

impl From<ExecutionError> for Failure {
    fn from(error: ExecutionError) -> Failure {
        match error {
            ExecutionError::PrepareError(prepare) => prepare.into(),
            ExecutionError::ConnectionPoolError(pool) => of_pool(&pool),
            ExecutionError::LastAttemptError(attempt) => of_attempt(&attempt),
            ExecutionError::MetadataError(metadata) => of_metadata(&metadata),
            ExecutionError::BadQuery(bad) => Failure::new(Code::Invalid, bad.to_string()),
            other => Failure::new(Code::Unavailable, other.to_string()),
        }
    }
}
