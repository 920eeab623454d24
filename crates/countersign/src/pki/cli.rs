//! `countersign ca`: arguments in, files and an [`Answer`] out; `crl` has what `revoke` and `crl` do.
//!
//! Nothing is printed here. Arguments are checked before anything is written, and every problem
//! with them is told at once.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::{Args, Subcommand};

use super::{
    Answer, Authority, CaReport, ClientRequest, CrlArgs, Facts, Issued, Password, PkiError, RequestError, RevokeArgs,
    ServerRequest, crl, file_name, next, random,
    report::{FileRole, Made, Step},
    store::{self, NewFile},
};

/// Extension of the file with the password of a `.p12` file.
const PASSWORD: &str = "p12.password";

/// The certificate authority of a small team.
#[derive(Clone, Debug, Subcommand)]
pub enum CaCommand {
    /// Make a certificate authority
    Init(InitArgs),
    /// Issue a certificate and its key
    #[command(subcommand)]
    Issue(IssueCommand),
    /// Revoke a certificate, and write the list of revoked ones (CRL) anew
    Revoke(RevokeArgs),
    /// Write the list of revoked certificates (CRL) anew, before it ends
    Crl(CrlArgs),
}

/// What `countersign ca issue` can issue.
#[derive(Clone, Debug, Subcommand)]
pub enum IssueCommand {
    /// Issue a certificate for a server
    Server(ServerArgs),
    /// Issue a certificate for a person or a program
    Client(ClientArgs),
}

/// `countersign ca init`
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Where to put ca.pem and ca.key; created if missing
    #[arg(long, value_name = "DIR", default_value = "ca")]
    pub dir: PathBuf,
    /// Name of the authority [default: "countersign CA" and a random suffix, so that no two share a name]
    #[arg(long)]
    pub name: Option<String>,
    /// Life in days
    #[arg(long, default_value_t = 3650)]
    pub days: u32,
}

/// Where an issued certificate comes from and goes to.
#[derive(Clone, Debug, Args)]
pub struct IssueArgs {
    /// Directory of the authority
    #[arg(long, value_name = "DIR", default_value = "ca")]
    pub dir: PathBuf,
    /// Where to put the files; created if missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Life in days
    #[arg(long, default_value_t = 90)]
    pub days: u32,
}

/// `countersign ca issue server`
#[derive(Clone, Debug, Args)]
pub struct ServerArgs {
    /// DNS name, "*." wildcard or IP address; the first one names the files
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Source, destination and life
    #[command(flatten)]
    pub issue: IssueArgs,
}

/// `countersign ca issue client`
#[derive(Clone, Debug, Args)]
pub struct ClientArgs {
    /// Who the certificate is for; names the files
    pub name: String,
    /// E-mail address; this and the next three can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub email: Vec<String>,
    /// URI, for example spiffe://example.com/billing
    #[arg(long)]
    pub uri: Vec<String>,
    /// User principal name (Active Directory)
    #[arg(long, value_name = "USER@DOMAIN")]
    pub upn: Vec<String>,
    /// Host name
    #[arg(long, value_name = "NAME")]
    pub dns: Vec<String>,
    /// Organisation
    #[arg(long)]
    pub org: Option<String>,
    /// Organisational unit
    #[arg(long)]
    pub unit: Option<String>,
    /// Write a PKCS#12 file for browsers as well, and its password beside it
    #[arg(long)]
    pub p12: bool,
    /// Use the first line of FILE as the password of the PKCS#12 file
    #[arg(long, value_name = "FILE", requires = "p12")]
    pub p12_password_file: Option<PathBuf>,
    /// Source, destination and life
    #[command(flatten)]
    pub issue: IssueArgs,
}

impl CaCommand {
    /// Does it, at the present time.
    pub fn run(self) -> Result<Answer, PkiError> {
        self.run_at(SystemTime::now())
    }

    /// Does it as if it were `now`.
    pub fn run_at(self, now: SystemTime) -> Result<Answer, PkiError> {
        match self {
            Self::Init(args) => init(args, now).map(Answer::Certificate),
            Self::Issue(IssueCommand::Server(args)) => issue_server(args, now).map(Answer::Certificate),
            Self::Issue(IssueCommand::Client(args)) => issue_client(args, now).map(Answer::Certificate),
            Self::Revoke(args) => crl::revoke(args, now).map(Answer::Crl),
            Self::Crl(args) => crl::renew(&args, now).map(Answer::Crl),
        }
    }
}

fn init(args: InitArgs, now: SystemTime) -> Result<CaReport, PkiError> {
    let InitArgs { dir, name, days } = args;
    let name = match name {
        Some(name) => name,
        None => format!("countersign CA {}", random::readable(6)?),
    };
    let authority = Authority::create(&name, days, now)?;
    let files = authority.files(&dir);
    store::create_all(&dir, &files)?;
    let next = next::after_init(&dir);
    Ok(report(Made::Authority, &files, authority.facts().clone(), next))
}

fn issue_server(args: ServerArgs, now: SystemTime) -> Result<CaReport, PkiError> {
    let ServerArgs { names, issue: IssueArgs { dir, out, days } } = args;
    let mut problems = Vec::new();
    let stem = names.first().and_then(|name| accept(file_name::stem(name), &mut problems));
    let request = ServerRequest { names, days };
    problems.extend(request.check().err().unwrap_or_default());
    let (Some(stem), true) = (stem, problems.is_empty()) else {
        return Err(PkiError::Request(problems));
    };
    let issued = Authority::load(&dir)?.issue_server(&request, now)?;
    let files = pair(&out, &stem, &issued);
    store::create_all(&out, &files)?;
    let next = next::after_server(&dir, &out, &stem, &issued.facts);
    Ok(report(Made::Server, &files, issued.facts, next))
}

fn issue_client(args: ClientArgs, now: SystemTime) -> Result<CaReport, PkiError> {
    let ClientArgs { name, email, uri, upn, dns, org, unit, p12, p12_password_file, issue } = args;
    let IssueArgs { dir, out, days } = issue;
    let mut problems = Vec::new();
    let stem = accept(file_name::stem(&name), &mut problems);
    let request = ClientRequest { name, organization: org, unit, emails: email, uris: uri, upns: upn, dns, days };
    problems.extend(request.check().err().unwrap_or_default());
    let supplied = match p12_password_file.as_deref() {
        Some(file) => accept(supplied_password(file)?, &mut problems),
        None => None,
    };
    let (Some(stem), true) = (stem, problems.is_empty()) else {
        return Err(PkiError::Request(problems));
    };
    let issued = Authority::load(&dir)?.issue_client(&request, now)?;
    let mut files = pair(&out, &stem, &issued);
    if p12 {
        let (password, file) = match supplied {
            Some(password) => (password, None),
            None => {
                let password = Password::random()?;
                let path = file_name::path(&out, &stem, PASSWORD);
                let line = format!("{}\n", password.reveal());
                (password, Some(NewFile::new(FileRole::Password, path, line)))
            }
        };
        let path = file_name::path(&out, &stem, "p12");
        let contents = issued.pkcs12(&request.name, &password)?;
        files.push(NewFile::new(FileRole::Pkcs12, path, contents));
        files.extend(file);
    }
    store::create_all(&out, &files)?;
    let password = p12_password_file.unwrap_or_else(|| file_name::path(&out, &stem, PASSWORD));
    let next = next::after_client(&dir, &out, &stem, p12.then_some(password.as_path()));
    Ok(report(Made::Client, &files, issued.facts, next))
}

/// The value, or nothing and one more problem.
fn accept<T>(value: Result<T, RequestError>, problems: &mut Vec<RequestError>) -> Option<T> {
    value.map_err(|problem| problems.push(problem)).ok()
}

/// The certificate and key that every issue command writes.
fn pair(out: &Path, stem: &str, issued: &Issued) -> Vec<NewFile> {
    let path = |extension| file_name::path(out, stem, extension);
    vec![
        NewFile::new(FileRole::Certificate, path("pem"), issued.chain_pem()),
        NewFile::new(FileRole::Key, path("key"), issued.key_pem.clone()),
    ]
}

fn supplied_password(file: &Path) -> Result<Result<Password, RequestError>, PkiError> {
    // Nobody's password is longer than this, while /dev/zero is.
    const MOST: u64 = 4096;
    let mut text = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(MOST).read_to_end(&mut text));
    read.map_err(store::io_error("read", file))?;
    let password = Password::from_first_line(&String::from_utf8_lossy(&text));
    Ok(password.map_err(|expected| RequestError::Password { file: file.display().to_string(), expected }))
}

fn report(made: Made, files: &[NewFile], facts: Facts, next: Vec<Step>) -> CaReport {
    CaReport { made, files: files.iter().map(NewFile::reported).collect(), facts, next }
}
