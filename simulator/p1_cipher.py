"""How the meters of Luxembourg encrypt a telegram (DLMS general-global-cipher)."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SECURITY = b"\x30"
# The same for all meters of the country: Smarty P1 specification 1.1.3.
_AUTHENTICATION = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
_TAG = 12


def encrypted(plain: bytes, key: bytes, title: bytes, counter: int) -> bytes:
    """Put a telegram into a frame.

    title: the 8 bytes that name the meter. counter: never twice the same with a key.
    """
    number = counter.to_bytes(4, "big")
    sealed = AESGCM(key).encrypt(title + number, plain, _SECURITY + _AUTHENTICATION)
    # The cipher ends with a tag of 16 bytes, of which the frame has room for 12.
    text, tag = sealed[:-16], sealed[-16:][:_TAG]
    content = _SECURITY + number + text + tag
    head = b"\xdb" + len(title).to_bytes() + title
    return head + b"\x82" + len(content).to_bytes(2, "big") + content
