#!/usr/bin/env python3
"""Ends with 0 where a URL answers well: the health check of a container that has Python, but no curl.

    is_well.py http://127.0.0.1:3000/healthz
"""
import sys
import urllib.request

urllib.request.urlopen(sys.argv[1], timeout=3).close()
