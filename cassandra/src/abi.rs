//! The functions of cql_abi.h. No panic leaves them.

use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::answer::{Done, DoneFn};
use crate::failure::{Code, Failure};
use crate::session::{Address, Session, Statement};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

impl Bytes {
    pub fn of(slice: &[u8]) -> Bytes {
        Bytes { data: slice.as_ptr(), size: slice.len() }
    }

    unsafe fn to_vec(self) -> Vec<u8> {
        if self.size == 0 {
            return Vec::new();
        }
        std::slice::from_raw_parts(self.data, self.size).to_vec()
    }

    unsafe fn text(self) -> String {
        String::from_utf8_lossy(&self.to_vec()).into_owned()
    }
}

#[repr(C)]
pub struct Options {
    hosts: Bytes,
    user: Bytes,
    password: Bytes,
    datacenter: Bytes,
    consistency: u16,
    connect_ms: u32,
    request_ms: u32,
}

#[repr(C)]
pub struct Bound {
    statement: *const Statement,
    values: Bytes,
}

fn guarded<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(otherwise)
}

unsafe fn owned<T>(made: Result<T, Failure>, done: Done) -> *mut T {
    match made {
        Ok(value) => {
            done.nothing();
            Box::into_raw(Box::new(value))
        }
        Err(failure) => {
            done.failed(failure);
            std::ptr::null_mut()
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_connect(
    options: *const Options,
    done: DoneFn,
    context: *mut c_void,
) -> *mut Session {
    guarded(std::ptr::null_mut(), || {
        let done = Done::new(done, context);
        let options = &*options;
        let address = Address {
            hosts: options.hosts.text().split(',').map(str::to_owned).collect(),
            user: options.user.text(),
            password: options.password.text(),
            datacenter: options.datacenter.text(),
            consistency: options.consistency,
            connect_ms: options.connect_ms,
            request_ms: options.request_ms,
        };
        owned(Session::connect(address), done)
    })
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_close(session: *mut Session) {
    if !session.is_null() {
        guarded((), || drop(Box::from_raw(session)));
    }
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_prepare(
    session: *const Session,
    text: Bytes,
    page_rows: u32,
    done: DoneFn,
    context: *mut c_void,
) -> *mut Statement {
    guarded(std::ptr::null_mut(), || {
        let done = Done::new(done, context);
        owned((*session).prepare(text.text(), page_rows), done)
    })
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_forget(statement: *mut Statement) {
    if !statement.is_null() {
        guarded((), || drop(Box::from_raw(statement)));
    }
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_query(
    session: *const Session,
    text: Bytes,
    done: DoneFn,
    context: *mut c_void,
) {
    guarded((), || (*session).query(text.text(), Done::new(done, context)))
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_execute(
    session: *const Session,
    bound: Bound,
    page: Bytes,
    done: DoneFn,
    context: *mut c_void,
) {
    guarded((), || {
        let done = Done::new(done, context);
        (*session).execute(&*bound.statement, bound.values.to_vec(), page.to_vec(), done)
    })
}

#[no_mangle]
pub unsafe extern "C" fn adirect_cql_batch(
    session: *const Session,
    bound: *const Bound,
    count: usize,
    done: DoneFn,
    context: *mut c_void,
) {
    guarded((), || {
        let done = Done::new(done, context);
        if count == 0 {
            return done.failed(Failure::new(Code::Invalid, "a batch of nothing"));
        }
        let bound = std::slice::from_raw_parts(bound, count);
        let statements = bound.iter().map(|one| &*one.statement);
        let values = bound.iter().map(|one| one.values.to_vec()).collect();
        (*session).batch(statements, values, done)
    })
}
