//! strace: runs a process and has its system calls written down.

use std::{
    error::Error,
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

/// Everything that changes a disk or says what is on it, and what is not understood and must not
/// happen unseen. A `?` stands before what not every machine knows.
const CALLS: &str = "trace=?open,openat,?openat2,?creat,close,?dup,?dup2,dup3,fcntl,lseek,read,\
    write,writev,pwrite64,pwritev,?pwritev2,ftruncate,?truncate,fallocate,?rename,renameat,\
    ?renameat2,?unlink,unlinkat,?mkdir,mkdirat,?rmdir,?link,linkat,?symlink,symlinkat,fsync,\
    fdatasync,sync,syncfs,ioctl,mmap,sendfile,splice,?copy_file_range,?io_uring_setup,chdir,fchdir";

/// The command that runs a program, and writes its calls to this file.
pub(crate) fn command(trace: &Path, program: &OsStr) -> Command {
    let mut strace = Command::new("strace");
    // All threads; paths beside descriptors; whole strings, as numbers.
    strace.args(["-f", "-y", "-xx", "-s", "100000000", "-e", CALLS, "-o"]);
    strace.arg(trace).arg(program);
    strace
}

/// Fails where there is no strace, or where it may not be used.
///
/// # Errors
/// What is the matter, and the remedy.
pub fn require() -> Result<(), Box<dyn Error>> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o", "/dev/null", "true"]);
    strace.stdout(Stdio::null()).stderr(Stdio::piped());
    let remedy = "install it (`apt-get install strace`), and allow ptrace in a container";
    let output = strace.output();
    let output = output.map_err(|error| format!("strace cannot be run: {error}; {remedy}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("strace may not be used here: {}; {remedy}", said.trim()).into())
}
