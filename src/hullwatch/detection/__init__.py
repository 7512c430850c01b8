"""Is something leaking, and since when?"""
