"""Import the pure part without Home Assistant."""

from tests.pure_package import install

install()
