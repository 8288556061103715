//! Values and cells as the bytes of the native protocol: a length (big endian, -1: null) and so many bytes, each.

use scylla::deserialize::row::ColumnIterator;
use scylla::response::query_result::QueryResult;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;
use scylla::serialize::SerializationError;

use crate::answer::Page;
use crate::failure::{Code, Failure};

/// The values of one row, encoded by the caller.
pub struct Encoded(pub Vec<u8>);

impl SerializeRow for Encoded {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> Result<(), SerializationError> {
        let mut rest = self.0.as_slice();
        for _ in context.columns() {
            let cell = writer.make_cell_writer();
            match take_cell(&mut rest)? {
                Some(value) => cell.set_value(value).map_err(SerializationError::new)?,
                None => cell.set_null(),
            };
        }
        if rest.is_empty() { Ok(()) } else { Err(wrong("more values than the statement has places for")) }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn wrong(what: &str) -> SerializationError {
    SerializationError::new(std::io::Error::other(what.to_owned()))
}

fn take_cell<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, SerializationError> {
    let short = || wrong("fewer values than the statement has places for");
    let (head, behind) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let size = i32::from_be_bytes(*head);
    if size < 0 {
        *rest = behind;
        return Ok(None);
    }
    let (value, behind) = behind.split_at_checked(size as usize).ok_or_else(short)?;
    *rest = behind;
    Ok(Some(value))
}

/// The rows of a result, none where it has none.
pub fn page_of(result: QueryResult) -> Result<Page, Failure> {
    if !result.is_rows() {
        return Ok(Page::default());
    }
    let unreadable = |error: &dyn std::error::Error| Failure::new(Code::Internal, error.to_string());
    let rows = result.into_rows_result().map_err(|error| unreadable(&error))?;
    let mut page = Page { columns: rows.column_specs().len() as u64, ..Page::default() };
    page.cells.reserve(rows.rows_bytes_size());
    for row in rows.rows::<ColumnIterator>().map_err(|error| unreadable(&error))? {
        for column in row.map_err(|error| unreadable(&error))? {
            append_cell(column.map_err(|error| unreadable(&error))?.slice.map(|slice| slice.as_slice()), &mut page.cells);
        }
        page.rows += 1;
    }
    Ok(page)
}

fn append_cell(cell: Option<&[u8]>, out: &mut Vec<u8>) {
    match cell {
        Some(bytes) => {
            out.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
            out.extend_from_slice(bytes);
        }
        None => out.extend_from_slice(&(-1i32).to_be_bytes()),
    }
}
