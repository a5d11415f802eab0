//! The functions named `sock_…`: on sockets that the embedder passed in, and the connections that they accept.

use crate::ctx::WasiCtx;
use crate::errno::Errno;
use crate::memory::Guest;
use crate::rights::Rights;
use crate::table::{Descriptor, Object};
use crate::types::{FdFlags, RiFlags, SdFlags};
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Reads from a connection; its being non-blocking is known to the system.
pub(crate) fn receive(mut socket: &TcpStream, buffers: &mut [IoSliceMut<'_>], _: FdFlags) -> Result<usize, Errno> {
    Ok(socket.read_vectored(buffers)?)
}

/// Writes to a connection.
pub(crate) fn send(mut socket: &TcpStream, buffers: &[IoSlice<'_>], _: FdFlags) -> Result<usize, Errno> {
    Ok(socket.write_vectored(buffers)?)
}

fn socket(ctx: &mut WasiCtx, fd: u32, rights: Rights) -> Result<&TcpStream, Errno> {
    let descriptor = ctx.table.get(fd)?;
    match &descriptor.object {
        Object::Socket(socket) => {
            descriptor.require(rights)?;
            Ok(socket)
        }
        Object::Listener(_) => Err(Errno::NotConn),
        Object::File(_) | Object::Dir(_) | Object::Input { .. } | Object::Output { .. } => Err(Errno::NotSock),
    }
}

/// `sock_accept`: waits for a connection.
pub(crate) fn sock_accept(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    flags: u32,
    out: u32,
) -> Result<(), Errno> {
    let flags = FdFlags::from_bits(flags)?;
    ctx.table.check_room()?;
    memory.slice(out, 4)?;
    let descriptor = ctx.table.get(fd)?;
    let inheriting = descriptor.inheriting;
    let socket = match &descriptor.object {
        Object::Listener(listener) => {
            descriptor.require(Rights::SOCK_ACCEPT)?;
            listener.accept()?.0
        }
        Object::Socket(_) => return Err(Errno::Inval),
        Object::File(_) | Object::Dir(_) | Object::Input { .. } | Object::Output { .. } => {
            return Err(Errno::NotSock);
        }
    };
    let mut descriptor = Descriptor::new(Object::Socket(socket), inheriting & Rights::SOCKET, Rights::NONE);
    // Also when there is no flag: some systems hand the listener's own mode down.
    descriptor.set_flags(flags)?;
    let fd = ctx.table.push(descriptor)?;
    memory.write_u32(out, fd)
}

/// `sock_recv`: reads from a connection.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn sock_recv(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    out_len: u32,
    out_flags: u32,
) -> Result<(), Errno> {
    let flags = RiFlags::from_bits(flags)?;
    let mut socket = socket(ctx, fd, Rights::FD_READ)?;
    let received = memory.scatter(list, count, |buffers| {
        if flags.contains(RiFlags::PEEK) {
            // What is peeked at has to be in one piece.
            let first = buffers.iter_mut().find(|buffer| !buffer.is_empty());
            return first.map_or(Ok(0), |buffer| Ok(socket.peek(buffer)?));
        }
        let mut received = socket.read_vectored(buffers)?;
        if flags.contains(RiFlags::WAITALL) && received > 0 {
            let mut done = 0;
            for buffer in buffers {
                let start = received.saturating_sub(done).min(buffer.len());
                done += buffer.len();
                match read_rest(socket, &mut buffer[start..])? {
                    Rest::Full(len) => received += len,
                    Rest::Ended(len) => return Ok(received + len),
                }
            }
        }
        Ok(received)
    })?;
    memory.write_u32(out_len, u32::try_from(received)?)?;
    // Streams have no messages that could be cut off.
    memory.write(out_flags, &0u16.to_le_bytes())
}

enum Rest {
    Full(usize),
    Ended(usize),
}

/// Fills a buffer. An error after some bytes has to wait for the next call.
fn read_rest(mut socket: &TcpStream, buffer: &mut [u8]) -> Result<Rest, Errno> {
    let mut len = 0;
    while len < buffer.len() {
        match socket.read(&mut buffer[len..]) {
            Ok(0) | Err(_) => return Ok(Rest::Ended(len)),
            Ok(more) => len += more,
        }
    }
    Ok(Rest::Full(len))
}

/// `sock_send`: writes to a connection. There are no flags.
pub(crate) fn sock_send(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    out: u32,
) -> Result<(), Errno> {
    let mut socket = socket(ctx, fd, Rights::FD_WRITE)?;
    if flags != 0 {
        return Err(Errno::Inval);
    }
    let sent = memory.gather(list, count, |buffers| Ok(socket.write_vectored(buffers)?))?;
    memory.write_u32(out, u32::try_from(sent)?)
}

/// `sock_shutdown`: closes one or both directions of a connection.
pub(crate) fn sock_shutdown(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32, how: u32) -> Result<(), Errno> {
    let socket = socket(ctx, fd, Rights::SOCK_SHUTDOWN)?;
    let how = SdFlags::from_bits(how)?;
    let how = match (how.contains(SdFlags::RD), how.contains(SdFlags::WR)) {
        (true, true) => Shutdown::Both,
        (true, false) => Shutdown::Read,
        (false, true) => Shutdown::Write,
        (false, false) => return Err(Errno::Inval),
    };
    Ok(socket.shutdown(how)?)
}
