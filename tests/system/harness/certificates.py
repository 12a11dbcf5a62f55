"""Certificates, made on the spot."""
import subprocess


def make_certificate(folder, name, owners="IP:127.0.0.1,DNS:localhost"):
    """A self-signed certificate of these owners and its key: (certificate path, key path)."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName={owners}"],
        check=True, capture_output=True,
    )
    return certificate, key
