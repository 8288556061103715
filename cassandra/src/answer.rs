//! How a call ends: once, with an answer, whatever happens to it.

use std::ffi::c_void;

use crate::abi::Bytes;
use crate::failure::{Code, Failure};

#[repr(C)]
pub struct Answer {
    code: i32,
    message: Bytes,
    rows: u64,
    columns: u64,
    cells: Bytes,
    next_page: Bytes,
}

pub type DoneFn = unsafe extern "C" fn(*mut c_void, *const Answer);

/// Rows, as the bytes of their cells.
#[derive(Default)]
pub struct Page {
    pub rows: u64,
    pub columns: u64,
    pub cells: Vec<u8>,
    pub next: Vec<u8>,
}

/// Calls back once. One that is dropped before, by a panic or because its session was closed, says so.
pub struct Done {
    call: Option<DoneFn>,
    context: *mut c_void,
}

// The context is the caller's, who promises that it may be handed to another thread.
unsafe impl Send for Done {}

impl Done {
    pub fn new(call: DoneFn, context: *mut c_void) -> Done {
        Done { call: Some(call), context }
    }

    pub fn nothing(self) {
        self.rows(Page::default());
    }

    pub fn rows(mut self, page: Page) {
        self.answer(Code::Ok, "", &page);
    }

    pub fn failed(mut self, failure: Failure) {
        self.answer(failure.code, &failure.message, &Page::default());
    }

    pub fn ended(self, result: Result<Page, Failure>) {
        match result {
            Ok(page) => self.rows(page),
            Err(failure) => self.failed(failure),
        }
    }

    fn answer(&mut self, code: Code, message: &str, page: &Page) {
        let Some(call) = self.call.take() else { return };
        let answer = Answer {
            code: code as i32,
            message: Bytes::of(message.as_bytes()),
            rows: page.rows,
            columns: page.columns,
            cells: Bytes::of(&page.cells),
            next_page: Bytes::of(&page.next),
        };
        unsafe { call(self.context, &answer) }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        self.answer(Code::Unavailable, "the client was closed before the answer came", &Page::default());
    }
}
