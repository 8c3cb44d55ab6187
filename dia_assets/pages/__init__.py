"""The Swedish pages: static HTML made from a publication's own tables, so that a page can show nothing more than they.

No page asks another host for anything, and none needs a script. What is published is decided in `serving`.
"""
