//! One connected cluster and the thread that speaks to it.

use std::sync::Arc;
use std::time::Duration;

use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session as Client;
use scylla::client::session_builder::SessionBuilder;
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::batch::{Batch, BatchStatement, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::unprepared::Statement as Text;
use scylla::statement::Consistency;
use tokio::runtime::{Builder, Runtime};

use crate::answer::{Done, Page};
use crate::cells::{page_of, Encoded};
use crate::failure::{Code, Failure};

const CLOSE_WITHIN: Duration = Duration::from_secs(5);
const SCHEMA_AGREES_WITHIN: Duration = Duration::from_secs(30);
const KEEPALIVE: Duration = Duration::from_secs(10);

pub struct Address {
    pub hosts: Vec<String>,
    pub user: String,
    pub password: String,
    pub datacenter: String,
    pub consistency: u16,
    pub connect_ms: u32,
    pub request_ms: u32,
}

pub struct Statement(Arc<PreparedStatement>);

pub struct Session {
    runtime: Option<Runtime>,
    client: Arc<Client>,
}

fn consistency(code: u16) -> Result<Consistency, Failure> {
    Consistency::try_from(code).map_err(|_| Failure::new(Code::Invalid, format!("{code} is no consistency")))
}

async fn open(address: Address) -> Result<Client, Failure> {
    let profile = ExecutionProfile::builder()
        .consistency(consistency(address.consistency)?)
        .request_timeout(Some(Duration::from_millis(address.request_ms.into())))
        .build();
    let mut builder = SessionBuilder::new()
        .known_nodes(&address.hosts)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(Duration::from_millis(address.connect_ms.into()))
        .schema_agreement_timeout(SCHEMA_AGREES_WITHIN)
        .keepalive_interval(KEEPALIVE)
        .fetch_schema_metadata(false);
    if !address.user.is_empty() {
        builder = builder.user(address.user, address.password);
    }
    if !address.datacenter.is_empty() {
        builder = builder.prefer_datacenter(address.datacenter);
    }
    let within = Duration::from_millis(address.connect_ms.into()) * 2;
    match tokio::time::timeout(within, builder.build()).await {
        Ok(built) => Ok(built?),
        Err(_) => Err(Failure::new(Code::Unavailable, format!("no answer within {} ms", within.as_millis()))),
    }
}

async fn query(client: &Client, text: String) -> Result<Page, Failure> {
    page_of(client.query_unpaged(Text::new(text), ()).await?)
}

async fn execute(client: &Client, prepared: &PreparedStatement, values: Vec<u8>, page: Vec<u8>) -> Result<Page, Failure> {
    let from = if page.is_empty() { PagingState::start() } else { PagingState::new_from_raw_bytes(page) };
    let (result, next) = client.execute_single_page(prepared, Encoded(values), from).await?;
    let mut made = page_of(result)?;
    if let PagingStateResponse::HasMorePages { state } = next {
        made.next = state.as_bytes_slice().map(|bytes| bytes.to_vec()).unwrap_or_default();
    }
    Ok(made)
}

impl Session {
    pub fn connect(address: Address) -> Result<Session, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("cassandra")
            .enable_all()
            .build()
            .map_err(|error| Failure::new(Code::Internal, format!("cannot start a thread: {error}")))?;
        let client = Arc::new(runtime.block_on(open(address))?);
        Ok(Session { runtime: Some(runtime), client })
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("there until it is dropped")
    }

    pub fn prepare(&self, text: String, page_rows: u32) -> Result<Statement, Failure> {
        let mut prepared = self.runtime().block_on(self.client.prepare(text))?;
        prepared.set_is_idempotent(true);
        prepared.set_use_cached_result_metadata(true);
        if page_rows > 0 {
            prepared.set_page_size(page_rows as i32);
        }
        Ok(Statement(Arc::new(prepared)))
    }

    pub fn query(&self, text: String, done: Done) {
        let client = self.client.clone();
        self.runtime().spawn(async move { done.ended(query(&client, text).await) });
    }

    pub fn execute(&self, statement: &Statement, values: Vec<u8>, page: Vec<u8>, done: Done) {
        let client = self.client.clone();
        let prepared = statement.0.clone();
        self.runtime().spawn(async move { done.ended(execute(&client, &prepared, values, page).await) });
    }

    pub fn batch<'a>(&self, statements: impl Iterator<Item = &'a Statement>, values: Vec<Vec<u8>>, done: Done) {
        let client = self.client.clone();
        let statements = statements.map(|one| BatchStatement::PreparedStatement((*one.0).clone())).collect();
        let mut batch = Batch::new_with_statements(BatchType::Unlogged, statements);
        batch.set_is_idempotent(true);
        let values: Vec<Encoded> = values.into_iter().map(Encoded).collect();
        self.runtime().spawn(async move {
            let result = client.batch(&batch, values).await;
            done.ended(result.map(|_| Page::default()).map_err(Failure::from));
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(CLOSE_WITHIN);
        }
    }
}
