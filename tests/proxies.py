"""A real nginx in front of a real server, with the shipped configuration and a certificate of its own, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from programs import program
from servers import DEADLINE_S, free_port, until

SHIPPED = Path(__file__).parents[1] / "docs/deploy/nginx.conf"

MAIN = """\
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/broker-line.conf;
}}
"""
"""What Debian's /etc/nginx/nginx.conf is to the shipped file, for an nginx that writes nowhere but in its folder."""


class Nginx:
    """An nginx with the shipped configuration, its name, ports and files replaced by those of a test."""

    def __init__(self, folder: Path, backend: int, edits: Mapping[str, str]) -> None:
        """`backend` is the port of the line; `edits` are changes to the configuration, as somebody makes them."""
        self.folder, self.port = folder, free_port()
        self.program = program("nginx", "nginx-light", "The line is tried behind a real nginx")
        self.certificate = make_certificate(folder)
        text = SHIPPED.read_text(encoding="utf-8")
        ours = {
            "line.example.gov;": "localhost;",
            "127.0.0.1:5000": f"127.0.0.1:{backend}",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen 80": f"listen 127.0.0.1:{free_port()}",
            "/etc/letsencrypt/live/line.example.gov/fullchain.pem": str(folder / "fullchain.pem"),
            "/etc/letsencrypt/live/line.example.gov/privkey.pem": str(folder / "privkey.pem"),
            "/var/log/nginx/broker-line.log": str(folder / "access.log"),
        }
        for before, after in {**ours, **edits}.items():
            assert before in text, before
            text = text.replace(before, after.replace("PORT", str(self.port)))
        (folder / "broker-line.conf").write_text(text, encoding="utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")

    @property
    def words(self) -> list[str]:
        """The command without what to do."""
        return [self.program, "-p", str(self.folder), "-e", str(self.folder / "error.log"), "-c", "nginx.conf"]

    def check(self) -> str:
        """What `nginx -t` says; it must be content."""
        done = subprocess.run([*self.words, "-t"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    @contextmanager
    def running(self) -> Iterator[str]:
        """Run it. Yields its public address; ended at the end, whatever happens."""
        self.check()
        process = subprocess.Popen(self.words, stderr=subprocess.DEVNULL)

        def answers() -> bool:
            assert process.poll() is None, (self.folder / "error.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                return False
            return True

        try:
            until(answers, "nginx listens")
            yield f"https://localhost:{self.port}"
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


def make_certificate(folder: Path) -> Path:
    """A certificate of this machine's own name, and its key; trusted by whoever is told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*form))
    return folder / "fullchain.pem"
