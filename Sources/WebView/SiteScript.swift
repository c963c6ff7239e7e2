// The script of the site: conveniences only; every page works without it.

import Reporting

enum SiteScript {
    static let javaScript =
        ReportAssets.script + #"""

            // Parts that change during a run are fetched again; the page is reloaded when the run has ended.
            for(const part of document.querySelectorAll('[data-live]')){
            let misses=0;
            const again=async()=>{
            let wait=1000;
            try{
            const answer=await fetch(part.dataset.live,{headers:{'X-Assay-Live':'1'}});
            if(answer.status===205){location.reload();return}
            if(!answer.ok)throw new Error(answer.status);
            const log=part.querySelector('.log'),isAtEnd=!log||log.scrollTop+log.clientHeight>=log.scrollHeight-4,top=log?.scrollTop;
            part.innerHTML=await answer.text();
            const next=part.querySelector('.log');
            if(next)next.scrollTop=isAtEnd?next.scrollHeight:top;
            misses=0;part.removeAttribute('data-lost')
            }catch{
            misses+=1;wait=Math.min(30000,1000*2**misses);
            if(misses>2)part.setAttribute('data-lost','')}
            setTimeout(again,wait)};
            const log=part.querySelector('.log');if(log)log.scrollTop=log.scrollHeight;
            setTimeout(again,1000)}

            // Keys: / goes to the search field; arrows go to the previous and next picture.
            addEventListener('keydown',e=>{
            if(e.ctrlKey||e.metaKey||e.altKey||e.target.closest?.('input,textarea,select'))return;
            const link={ArrowLeft:'a[rel=prev]',ArrowRight:'a[rel=next]'}[e.key];
            if(link){const a=document.querySelector(link);if(a){e.preventDefault();a.click()}}
            if(e.key==='/'){const field=document.querySelector('input[type=search]');if(field){e.preventDefault();field.focus()}}});

            // A choice in a filter is applied at once.
            for(const select of document.querySelectorAll('form.choice select'))
            select.addEventListener('change',()=>select.form.requestSubmit());

            """#

    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0a5a96"/>\
        <path d="M3 12 7 3h2l4 9" fill="none" stroke="#fff" stroke-width="2"/></svg>
        """
}
