"""Tests of how files are found."""
